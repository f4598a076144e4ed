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
  /** To answer, connecting included, but not the wait for one of the connections. */
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
  const isPlain = url.protocol === 'http:';
  const agent = isPlain ? plain() : secure();
  // A URL has the address of IPv6 in brackets.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const options = { host, port: url.port, path, headers, method: 'POST', agent };
  return new Promise((resolve, reject) => {
    const request = isPlain ? httpRequest(options) : httpsRequest(options);
    const timers: NodeJS.Timeout[] = [];
    const fail = (error: Error) => {
      for (const timer of timers) clearTimeout(timer);
      // Whatever has closed this connection while it was idle has probably closed the others, and each would cost an attempt.
      if (request.reusedSocket) for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
      reject(error);
    };
    const failAfter = (milliseconds: number, what: string) => {
      const timer = setTimeout(() => {
        const message = `${url.host} did not ${what} within ${milliseconds} ms.`;
        const error = Object.assign(new Error(message), { name: 'TimeoutError' });
        request.destroy(error);
        fail(error);
      }, milliseconds);
      timers.push(timer);
      return timer;
    };
    request.on('error', fail);
    // Not before: requests can wait for a connection.
    request.on('socket', (socket) => {
      failAfter(limits.requestTimeout, 'answer');
      if (!socket.connecting) return;
      const timer = failAfter(limits.connectionTimeout, 'accept a connection');
      socket.once(isPlain ? 'connect' : 'secureConnect', () => clearTimeout(timer));
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
