import { SQSClient } from '@aws-sdk/client-sqs';
import { sdkClient } from '../../../lambdas/runtime/aws/sdk-client';

const region = 'eu-west-1';

describe('a client of the SDK', () => {
  it('prepares nothing for a log that nobody reads', () => {
    const logs = ({ middlewareStack }: SQSClient) =>
      middlewareStack.identify().filter((middleware) => middleware.startsWith('loggerMiddleware'));
    // If the SDK calls it otherwise one day, this says so.
    expect(logs(new SQSClient({ region }))).toHaveLength(1);
    expect(logs(sdkClient(SQSClient, { region }))).toEqual([]);
  });

  it('tries three times', async () => {
    expect(await sdkClient(SQSClient, { region }).config.maxAttempts()).toBe(3);
  });
});
