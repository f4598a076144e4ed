import { SQSClient } from '@aws-sdk/client-sqs';
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

  it('makes three attempts', async () => {
    expect(await sdkClient(SQSClient, { region }).config.maxAttempts()).toBe(3);
  });
});
