import { isPublicAddress } from '../../../lambdas/runtime/webhooks/public-address';
import { isTopLevelDomain } from '../../../lambdas/runtime/webhooks/top-level-domains';
import { addressProblem, addressRules } from '../../../lambdas/runtime/webhooks/webhook-address';
import { accepted, refusedAtAcceptance, refusedAtConnection } from './hostile-urls';

const strict = addressRules('prod');
const local = addressRules('local');

describe('addressProblem', () => {
  it.each(refusedAtAcceptance)('refuses %j: %s', (url) => {
    expect(addressProblem(url, strict)).toEqual(expect.any(String));
  });

  it.each(accepted)('accepts %j', (url) => expect(addressProblem(url, strict)).toBeUndefined());

  it('has the same result however often it is called', () => {
    const again = Array.from({ length: 20_000 }, () => addressProblem('https://bücher.example.com/größe', strict));
    expect(again.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it.each(refusedAtConnection)('accepts %j, whose host must be resolved first', (url) => {
    expect(addressProblem(url, strict)).toBeUndefined();
  });

  it('names the domain that is not public', () => {
    expect(addressProblem('https://kubernetes.default.svc/', strict)).toBe(
      'must have a public host name: ".svc" is no top-level domain',
    );
  });
});

describe('addressProblem in stage local', () => {
  it.each(['http://127.0.0.1:4566/hook', 'http://localhost:80/', 'http://[::1]:9000/', 'https://localhost/'])(
    'accepts %j',
    (url) => expect(addressProblem(url, local)).toBeUndefined(),
  );

  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/',
    'http://user@localhost/',
    'http://localhost:0/',
    'http://kubernetes.default.svc/',
    'ftp://127.0.0.1/',
  ])('refuses %j', (url) => expect(addressProblem(url, local)).toEqual(expect.any(String)));
});

test('addressRules are strict in every stage that is not known to be local', () => {
  for (const stage of [undefined, '', 'dev', 'prod', 'Local']) expect(addressRules(stage)).toEqual({ local: false });
});

describe('isTopLevelDomain', () => {
  it.each(['com', 'org', 'de', 'io', 'dev', 'museum', 'xn--p1ai'])('knows %s', (label) => {
    expect(isTopLevelDomain(label)).toBe(true);
  });

  it.each(['', 'local', 'internal', 'svc', 'cluster', 'arpa', 'test', 'onion', 'lan', 'corp', 'home', 'constructor'])(
    'does not know %j',
    (label) => expect(isTopLevelDomain(label)).toBe(false),
  );
});

describe('isPublicAddress', () => {
  it.each(refusedAtConnection)('refuses an address to which %s resolves: %j', (_, addresses) => {
    expect(addresses.every(isPublicAddress)).toBe(false);
  });

  it.each([
    '8.8.8.8',
    '93.184.215.14',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:808:808::1',
  ])('accepts %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each(['', 'example.com', '127.1', '0x7f000001', '2130706433', '::1%lo'])(
    'refuses %j, which no resolver returns',
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );
});
