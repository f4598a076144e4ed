import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { HttpRequest } from '@smithy/core/protocols';
import { sdkClient } from '../../../lambdas/runtime/aws/sdk-client';

const region = 'eu-west-1';

describe('sdkClient', () => {
  it('removes the middleware that copies input and output for a log', () => {
    const logs = ({ middlewareStack }: SQSClient) =>
      middlewareStack.identify().filter((middleware) => middleware.startsWith('loggerMiddleware'));
    // Fails when the SDK renames the middleware.
    expect(logs(new SQSClient({ region }))).toHaveLength(1);
    expect(logs(sdkClient(SQSClient, { region }))).toEqual([]);
  });

  it('fails when a service does not answer in time, and does not only warn', async () => {
    const server = createServer(() => {});
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    // One attempt: the client makes three, of three seconds each.
    const { requestHandler } = sdkClient(SQSClient, { region }).config;
    const call = requestHandler.handle(new HttpRequest({ protocol: 'http:', hostname: '127.0.0.1', port }));
    try {
      await expect(call).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('makes three attempts', async () => {
    expect(await sdkClient(SQSClient, { region }).config.maxAttempts()).toBe(3);
  });
});
