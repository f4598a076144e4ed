import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { cbor } from '@smithy/core/cbor';

/** A call of an AWS API over HTTP. */
export interface AwsCall {
  /** The operation, e.g. `AmazonSQS.SendMessage`; the path for APIs without the header `x-amz-target`. */
  readonly target: string;
  readonly body: Record<string, unknown>;
}

/** The response to a call. */
export interface AwsAnswer {
  readonly status: number;
  readonly body: object;
}

/** Settings of SDK clients that call the endpoint, without retries. */
export interface AwsSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/** Runs a test against an endpoint that responds to every AWS API over real HTTP, and records the calls. */
export async function withAws(
  answer: (call: AwsCall) => AwsAnswer,
  use: (settings: AwsSettings, calls: AwsCall[]) => Promise<void>,
): Promise<void> {
  const calls: AwsCall[] = [];
  const server = createServer(async (request, response) => {
    const call = { target: String(request.headers['x-amz-target'] ?? request.url), body: await readBody(request) };
    calls.push(call);
    const { status, body } = answer(call);
    if (isCbor(request)) {
      const headers = { 'content-type': CBOR, 'smithy-protocol': 'rpc-v2-cbor' };
      response.writeHead(status, headers).end(cbor.serialize(body));
    } else {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  try {
    await use({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }, calls);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const CBOR = 'application/cbor';

function isCbor({ headers }: IncomingMessage): boolean {
  return headers['content-type'] === CBOR;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const bytes = await buffer(request);
  if (isCbor(request)) return cbor.deserialize(bytes);
  const body = bytes.toString();
  return body.startsWith('{') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}
