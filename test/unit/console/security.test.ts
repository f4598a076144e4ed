import { refusal } from '../../../console/server/security';

const own = { port: 4577, token: 'secret-token' };
const host = '127.0.0.1:4577';

describe('the guard of the console', () => {
  test('serves its own pages, by number and by name', () => {
    expect(refusal({ method: 'GET', headers: { host } }, own)).toBeUndefined();
    expect(refusal({ method: 'GET', headers: { host: 'localhost:4577' } }, own)).toBeUndefined();
  });

  test.each(['evil.example:4577', '127.0.0.1:4578', '', '127.0.0.1:4577.evil.example'])(
    'refuses the host "%s"',
    (other) => {
      expect(refusal({ method: 'GET', headers: { host: other } }, own)).toContain('is not this console');
    },
  );

  test.each(['http://evil.example', 'null', 'http://127.0.0.1:4578', 'https://127.0.0.1:4577'])(
    'refuses calls of the origin %s, also with the token',
    (origin) => {
      const headers = { host, origin, 'x-console-token': own.token };
      expect(refusal({ method: 'POST', headers }, own)).toContain('is another site');
    },
  );

  test('refuses reads that another site causes', () => {
    expect(refusal({ method: 'GET', headers: { host, 'sec-fetch-site': 'cross-site' } }, own)).toContain(
      'another site',
    );
  });

  test('allows a change with the token of this start only', () => {
    const post = (token?: string) => refusal({ method: 'POST', headers: { host, 'x-console-token': token } }, own);
    expect(post(own.token)).toBeUndefined();
    expect(post('of-an-earlier-start')).toContain('token');
    expect(post()).toContain('token');
  });

  test('refuses other methods', () => {
    const headers = { host, 'x-console-token': own.token };
    expect(refusal({ method: 'DELETE', headers }, own)).toContain('not supported');
  });
});
