import { readSecret } from '../../../lambdas/runtime/aws/secret';
import { Receiver } from '../../support/receiver';

const MINUTE = 60_000;

describe('readSecret', () => {
  let secretsManager: Receiver;
  let value = 'first';
  const before = { ...process.env };

  // The client keeps the endpoint of its first call.
  beforeAll(async () => {
    secretsManager = await Receiver.start((response) => {
      const answer =
        value === 'none' ? { __type: 'ResourceNotFoundException' } : { SecretString: JSON.stringify({ value }) };
      response.writeHead(value === 'none' ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer));
    });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${secretsManager.port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      SECRET_SIGNING: 'arn:signing',
      SECRET_MISSING: 'arn:missing',
    });
  });

  afterAll(async () => {
    process.env = before;
    await secretsManager.stop();
  });

  it('reads a secret once in five minutes, and a rotated one after that', async () => {
    expect(await Promise.all([readSecret({ name: 'signing' }, 0), readSecret({ name: 'signing' }, 1)])).toEqual([
      { value },
      { value },
    ]);
    value = 'second';
    expect(await readSecret({ name: 'signing' }, 4 * MINUTE)).toEqual({ value: 'first' });
    expect(secretsManager.received).toHaveLength(1);
    expect(await readSecret({ name: 'signing' }, 5 * MINUTE)).toEqual({ value: 'second' });
    expect(JSON.parse(secretsManager.received[1]?.body ?? '')).toEqual({ SecretId: 'arn:signing' });
  });

  it('reads a secret again after a failure', async () => {
    value = 'none';
    await expect(readSecret({ name: 'missing' }, 0)).rejects.toThrow();
    value = 'there now';
    expect(await readSecret({ name: 'missing' }, 1)).toEqual({ value });
  });
});
