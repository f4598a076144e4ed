import { emulatorEnvironment } from '../../../deployed/environment';

describe('the environment of what talks to the emulator', () => {
  it('has nothing of the real account of whoever runs it', () => {
    const outer = {
      AWS_PROFILE: 'production',
      AWS_SESSION_TOKEN: 'secret',
      AWS_ACCESS_KEY_ID: 'AKIAREAL',
      AWS_ENDPOINT_URL_SQS: 'https://sqs.example.com',
      CDK_DEFAULT_ACCOUNT: '123456789012',
      HOME: '/home/ada',
    };
    const environment = emulatorEnvironment('http://127.0.0.1:4566', outer);
    expect(environment).toMatchObject({
      AWS_ACCESS_KEY_ID: 'test',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      HOME: '/home/ada',
    });
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL_SQS', 'CDK_DEFAULT_ACCOUNT']) {
      expect(environment).not.toHaveProperty(name);
    }
  });

  it('sends nothing for this machine through a proxy', () => {
    const environment = emulatorEnvironment('http://127.0.0.1:4566', { no_proxy: 'intranet.example.com' });
    expect(environment.NO_PROXY).toBe('intranet.example.com,127.0.0.1,localhost');
  });
});
