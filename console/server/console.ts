import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetDeclarations, versionOfDeclarations } from '../../cli/declarations';
import { loadExtension } from '../../cli/extension';
import { messageOf, UsageError } from '../../cli/failure';
import type { Lifetime } from '../../cli/lifetime';
import { loadContracts } from '../../contracts/core/load-contracts';
import { type Deployment, discover } from '../../deployed/discover';
import type { Reload } from '../api';
import type { ConsoleExtension } from '../extension';
import { type Asset, bundleApp } from './bundle';
import { DeadLetters } from './dead-letters';
import { coreFaults } from './faults';
import { followDeployments } from './follow-deployments';
import { readIdentity } from './identity';
import { NotFound } from './not-found';
import { act, type Parts, read } from './routes';
import { refusal, SECURITY_HEADERS } from './security';
import { Sender } from './send';
import { Steady } from './steady';
import { systemInfo } from './system-info';
import { FlowViews } from './views';
import { Watch } from './watch';

const HOST = '127.0.0.1';
const PUSH_MS = 1_500;
const MAX_BODY_BYTES = 1_048_576;

export interface ConsoleOptions {
  readonly deployment: Deployment;
  /** The port to prefer, so that links stay valid. Another one is taken when it is in use. */
  readonly port: number;
  /** Stops the console when it ends. */
  readonly lifetime: Lifetime;
}

/** A running console. */
export interface Console {
  readonly url: string;
  /** Shows the reload in every open browser, and serves the newly deployed system, with the checkout's contracts, from now on. */
  reload(what: readonly string[], deployment: Deployment): Promise<void>;
}

/** Starts the web console on loopback. It uses the credentials of this process. */
export async function startConsole({ deployment, port, lifetime }: ConsoleOptions): Promise<Console> {
  const extension = await loadExtension<ConsoleExtension>();
  const identity = await readIdentity(deployment);
  const steady = new Steady(lifetime.signal);
  const partsOf = async (now: Deployment, before?: Parts): Promise<Parts> => {
    const contracts = await loadContracts().catch((error: unknown) => {
      // A file does not compile.
      if (before) return before.contracts;
      throw error;
    });
    // A watch has read thousands of events.
    const watch = before?.deployment === now ? before.watch : new Watch(now);
    return {
      deployment: now,
      extension,
      faults: [...(extension.faults ?? []), ...coreFaults(now)],
      info: systemInfo(now, contracts, extension, identity),
      watch,
      views: new FlowViews(now, watch.flows, contracts, extension.describeFlow),
      deadLetters: new DeadLetters(now, contracts, lifetime),
      contracts,
      sender: new Sender(now, contracts),
      steady,
    };
  };
  const served: Served = { version: versionOfDeclarations(), parts: await partsOf(deployment) };
  const reload = async (what: readonly string[], now: Deployment) => {
    served.version = versionOfDeclarations();
    forgetDeclarations();
    served.parts = await partsOf(now, served.parts);
    served.reload = { at: new Date().toISOString(), what };
  };
  const token = randomBytes(24).toString('base64url');
  const app = bundleApp();
  // The browser's next request reports it.
  app.catch(() => {});
  const server = createServer((request, response) => {
    const { port: own } = server.address() as AddressInfo;
    serve({ request, response, served, token, app, port: own, lifetime }).catch((error: unknown) => {
      if (!response.headersSent) answer(response, statusOf(error), { error: messageOf(error) });
      else response.end();
    });
  });
  await listen(server, port);
  lifetime.onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const { stage, endpoint, clients } = deployment;
  const region = typeof clients.settings.region === 'string' ? clients.settings.region : undefined;
  void followDeployments({
    current: () => ({ deployment: served.parts.deployment, version: served.version }),
    discover: () => discover({ stage, endpoint, region }),
    version: versionOfDeclarations,
    onChange: (now, what) => reload([what], now),
    signal: lifetime.signal,
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/`,
    reload,
  };
}

/** The system that requests read. A reload replaces it. */
interface Served {
  parts: Parts;
  /** Of the contracts and declarations that the parts know. */
  version: string;
  reload?: Reload;
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (port === 0 || error.code !== 'EADDRINUSE') reject(error);
      else listen(server, 0).then(resolve, reject);
    });
    server.listen({ host: HOST, port, exclusive: true }, resolve);
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly served: Served;
  readonly token: string;
  readonly app: Promise<ReadonlyMap<string, Asset>>;
  readonly port: number;
  readonly lifetime: Lifetime;
}

async function serve({ request, response, served, token, app, port, lifetime }: Exchange): Promise<void> {
  const { parts } = served;
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const why = refusal(request, { port, token });
  if (why !== undefined) return answer(response, 403, { error: `Refused: ${why}.` });
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${HOST}`);
  if (request.method === 'POST')
    return answer(response, 200, (await act(pathname, await bodyOf(request), parts)) ?? {});
  if (pathname === '/api/live') return push(response, served, lifetime.signal);
  if (pathname.startsWith('/api/')) return answer(response, 200, await read(pathname, searchParams, parts));
  const asset = (await app).get(pathname);
  if (asset) {
    response.writeHead(200, { 'content-type': asset.type, 'content-encoding': 'gzip' }).end(asset.gzip);
    return;
  }
  if (pathname.startsWith('/assets/')) return answer(response, 404, { error: 'There is no such file.' });
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(token));
}

/** Sends snapshots as server-sent events while the browser listens. */
async function push(response: ServerResponse, served: Served, end: AbortSignal): Promise<void> {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const signal = AbortSignal.any([closed.signal, end]);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  while (!signal.aborted) {
    const { watch, deadLetters, steady } = served.parts;
    const snapshot = await watch.current();
    const { reload } = served;
    const more = { steady: steady.running, job: deadLetters.job, ...(reload && { reload }) };
    response.write(`data: ${JSON.stringify({ ...snapshot, ...more })}\n\n`);
    // Reading dead letters takes seconds, and snapshots must not wait for it.
    void deadLetters.refresh(snapshot).then(
      () => watch.flows.setDead(deadLetters.byEvent()),
      () => {},
    );
    await sleep(PUSH_MS, undefined, { signal }).catch(() => {});
  }
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw new UsageError('The request body is larger than 1 MiB.');
  }
  try {
    const body: unknown = JSON.parse(text || '{}');
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw new UsageError('The request body is not a JSON object.');
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function statusOf(error: unknown): number {
  if (error instanceof NotFound) return 404;
  return error instanceof UsageError ? 400 : 502;
}

function page(token: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="console-token" content="${token}">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/main.css">
<title>Console</title>
</head>
<body><div id="root"></div><script type="module" src="/assets/main.js"></script></body>
</html>`;
}
