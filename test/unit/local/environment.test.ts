import { emulatorEnvironment } from '../../../deployed/environment';

describe('the environment of clients of the emulator', () => {
  it('has no settings of the user’s AWS account', () => {
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

  it('bypasses proxies for this machine', () => {
    const environment = emulatorEnvironment('http://127.0.0.1:4566', { no_proxy: 'intranet.example.com' });
    expect(environment.NO_PROXY).toBe('intranet.example.com,127.0.0.1,localhost');
  });
});
