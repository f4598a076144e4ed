import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { SdkClients } from '../../../deployed/clients';

const HERE = 'http://127.0.0.1:4566';

describe('the SDK clients of an endpoint', () => {
  it('are created once for each service', () => {
    const clients = new SdkClients(HERE);
    expect(clients.of(SQSClient)).toBe(clients.of(SQSClient));
    expect(clients.of(SSMClient)).toBeInstanceOf(SSMClient);
  });

  it('call the endpoint', async () => {
    const { config } = new SdkClients(HERE).of(SQSClient);
    expect(await config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: 4566 });
  });

  it('use the given region on AWS', async () => {
    const { config } = new SdkClients(undefined, 'eu-west-1').of(SQSClient);
    expect(await config.region()).toBe('eu-west-1');
    expect(config.endpoint).toBeUndefined();
  });
});
