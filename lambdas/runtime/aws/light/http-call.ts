import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { once } from '../once';

/** A signed request. */
export interface HttpCall {
  readonly url: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What the service has answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Times in milliseconds. */
export interface HttpLimits {
  /** To connect. */
  readonly connectionTimeout: number;
  /** To answer, connecting included. */
  readonly requestTimeout: number;
}

/** As many connections as the SDK's own handler opens. */
const CONNECTIONS = { keepAlive: true, maxSockets: 50 };
const plain = once(() => new HttpAgent(CONNECTIONS));
const secure = once(() => new HttpsAgent(CONNECTIONS));

/**
 * Sends a request over a connection that is kept, and returns the whole answer.
 *
 * @throws Error named `TimeoutError` when a limit has passed; Node's error when the connection fails
 */
export function post({ url, path, headers, body }: HttpCall, limits: HttpLimits): Promise<HttpAnswer> {
  const { hostname: host, port } = url;
  const options = { host, port, path, headers, method: 'POST' };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'http:'
        ? httpRequest({ ...options, agent: plain() })
        : httpsRequest({ ...options, agent: secure() });
    const endAfter = (milliseconds: number, what: string) =>
      setTimeout(() => {
        const error = new Error(`${url.host} did not ${what} within ${milliseconds} ms.`);
        request.destroy(Object.assign(error, { name: 'TimeoutError' }));
      }, milliseconds);
    const timers = [endAfter(limits.requestTimeout, 'answer')];
    const fail = (error: Error) => {
      for (const timer of timers) clearTimeout(timer);
      reject(error);
    };
    request.on('error', fail);
    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = endAfter(limits.connectionTimeout, 'accept a connection');
      timers.push(timer);
      socket.once(url.protocol === 'http:' ? 'connect' : 'secureConnect', () => clearTimeout(timer));
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        for (const timer of timers) clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(body);
  });
}
