import { reachable } from '../../../lambdas/runtime/http/reachable';

const EMULATOR = 'http://127.0.0.1:4566';

describe('reachable', () => {
  it('returns the address of an API on AWS unchanged', () => {
    const url = 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com/charges';
    expect(reachable(url, undefined)).toBe(url);
  });

  it.each([
    'https://a1b2c3.execute-api.eu-central-1.amazonaws.com/charges',
    'http://a1b2c3.execute-api.localhost:4566/charges',
  ])('returns the emulator’s address of an API: %s', (url) => {
    expect(reachable(url, EMULATOR)).toBe(`${EMULATOR}/_aws/execute-api/a1b2c3/charges`);
  });

  it('returns other addresses unchanged', () => {
    expect(reachable('https://bank.example/charges', EMULATOR)).toBe('https://bank.example/charges');
  });
});
