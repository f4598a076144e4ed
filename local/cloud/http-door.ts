import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Failure } from '../../cli/failure';
import type { Lifetime } from '../../cli/lifetime';
import type { Deployment } from '../../deployed/discover';
import type { HttpRequest, HttpResponse } from '../../lambdas/runtime/http/http';
import type { EndpointManifest } from '../../lib/broker/manifest';

/** An open door. It invokes the functions of the deployed system. */
export interface HttpDoor {
  /** Serves a newly deployed system from now on. */
  use(deployment: Deployment): void;
}

/** API Gateway: 10 MB for a request. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);

/** Returns the URL of the door through which a deployed system is reached; undefined when it has API Gateway. */
export function doorOf({ services }: Deployment): string | undefined {
  const api = services.map((service) => service.api).find((one) => one !== undefined && one.id === undefined);
  return api && new URL(api.url).origin;
}

/**
 * Opens a door: a server that takes the place of API Gateway in an emulator that lacks it. A request to `/<service>/<path>` invokes
 * the function of the service's route, with the payload and the answers of API Gateway's HTTP APIs.
 *
 * @param url its URL. With another host than 127.0.0.1 or localhost, for functions in containers, other machines can connect too
 * @throws Failure when the port is in use
 */
export async function openDoor(url: string, first: Deployment, lifetime: Lifetime): Promise<HttpDoor> {
  const { hostname, port } = new URL(url);
  let deployment = first;
  const server = createServer(async (incoming, outgoing) => {
    const {
      statusCode = 200,
      headers = {},
      cookies = [],
      body = '',
      isBase64Encoded,
    } = await answer(incoming).catch(() => failure(500, 'Internal Server Error'));
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, String(value));
    if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
    outgoing.writeHead(statusCode).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
  });
  const answer = async (incoming: IncomingMessage): Promise<HttpResponse> => {
    const url = new URL(incoming.url ?? '/', 'http://door');
    if (!isDecodable(url.pathname)) return failure(400, 'Bad Request');
    const found = findRoute(deployment, incoming.method ?? 'GET', url.pathname);
    if (found === undefined) return failure(404, 'Not Found');
    const body = await buffer(incoming);
    if (body.length > MAX_BODY_BYTES) return failure(413, 'Request Entity Too Large');
    return invoke(deployment, found.endpoint, toRequest(incoming, url, found, body));
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', () =>
      reject(new Failure(`The port of the HTTP door ${url} is in use: choose another --http-door.`)),
    );
    server.listen(Number(port || 80), LOOPBACK.has(hostname) ? hostname : undefined, resolve);
  });
  lifetime.onEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    use: (now) => {
      deployment = now;
    },
  };
}

interface Found {
  readonly endpoint: EndpointManifest;
  /** The path without the service. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the route of a request: of several, the one with the fewest parameters. */
function findRoute({ services }: Deployment, method: string, pathname: string): Found | undefined {
  const [, name, ...segments] = pathname.split('/');
  const endpoints = services.find(({ service }) => service === name)?.endpoints ?? [];
  const matching = endpoints.flatMap((endpoint): Found[] => {
    const [verb, route = ''] = endpoint.route.split(' ');
    const parts = route.split('/').slice(1);
    if (verb !== method || parts.length !== segments.length) return [];
    const parameters: Record<string, string> = {};
    for (const [index, part] of parts.entries()) {
      const segment = decodeURIComponent(segments[index] ?? '');
      const [, parameter] = /^\{(.+)\}$/.exec(part) ?? [];
      if (parameter !== undefined && segment !== '') parameters[parameter] = segment;
      else if (part !== segment) return [];
    }
    return [{ endpoint, path: `/${segments.join('/')}`, parameters }];
  });
  return matching.sort((a, b) => Object.keys(a.parameters).length - Object.keys(b.parameters).length)[0];
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

/** Builds the request that a function receives (API Gateway Developer Guide, "Payload format version", 2.0). */
function toRequest(
  incoming: IncomingMessage,
  url: URL,
  { endpoint, path, parameters }: Found,
  body: Buffer,
): HttpRequest {
  const { cookie, ...others } = incoming.headers;
  const headers = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, String(value)]));
  const text = body.toString('utf8');
  const isText = Buffer.from(text).equals(body);
  const query = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]);
  const now = new Date();
  return {
    version: '2.0',
    routeKey: endpoint.route,
    rawPath: path,
    rawQueryString: url.search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers,
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(body.length > 0 && { body: isText ? text : body.toString('base64') }),
    isBase64Encoded: !isText,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'door',
      domainName: incoming.headers.host ?? '',
      domainPrefix: 'door',
      http: {
        method: incoming.method ?? 'GET',
        path,
        protocol: `HTTP/${incoming.httpVersion}`,
        sourceIp: incoming.socket.remoteAddress ?? '',
        userAgent: incoming.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: endpoint.route,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
  };
}

async function invoke(
  { clients }: Deployment,
  endpoint: EndpointManifest,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { FunctionError, Payload } = await clients
    .of(LambdaClient)
    .send(new InvokeCommand({ FunctionName: endpoint.function, Payload: JSON.stringify(request) }));
  if (FunctionError !== undefined) return failure(500, 'Internal Server Error');
  const result: unknown = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || 'null');
  const isResponse = typeof result === 'object' && result !== null && 'statusCode' in result;
  // Any other result is the body of a successful response.
  return isResponse ? (result as HttpResponse) : { headers: JSON_BODY, body: JSON.stringify(result) };
}

const JSON_BODY = { 'content-type': 'application/json' };

function failure(statusCode: number, message: string): HttpResponse {
  return { statusCode, headers: JSON_BODY, body: JSON.stringify({ message }) };
}
