import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { clientOf } from '../../../deployed/clients';

const HERE = 'http://127.0.0.1:4566';

describe('a client of the SDK', () => {
  it('is made once for each service and endpoint', () => {
    const client = clientOf(SQSClient, HERE);
    expect(clientOf(SQSClient, HERE)).toBe(client);
    expect(clientOf(SQSClient, 'http://127.0.0.1:4567')).not.toBe(client);
    expect(clientOf(SSMClient, HERE)).toBeInstanceOf(SSMClient);
  });

  it('talks to the endpoint that it is for', async () => {
    const { config } = clientOf(SQSClient, HERE);
    expect(await config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: 4566 });
  });
});
