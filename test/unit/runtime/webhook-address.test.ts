import { isPublicAddress } from '../../../lambdas/runtime/webhooks/public-address';
import { addressProblem, addressRules } from '../../../lambdas/runtime/webhooks/webhook-address';
import { refusedAtAcceptance, refusedAtConnection, taken } from './hostile-urls';

const strict = addressRules('prod');
const local = addressRules('local');

describe('a callback URL', () => {
  it.each(refusedAtAcceptance)('%j is refused: %s', (url) => {
    expect(addressProblem(url, strict)).toEqual(expect.any(String));
  });

  it('is taken however often it was looked at before', () => {
    const again = Array.from({ length: 20_000 }, () => addressProblem('https://bücher.example.com/größe', strict));
    expect(again.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it.each(taken)('%j is taken', (url) => {
    expect(addressProblem(url, strict)).toBeUndefined();
  });

  it.each(refusedAtConnection)('%j says nothing by itself', (url) => {
    expect(addressProblem(url, strict)).toBeUndefined();
  });

  it('is strict wherever the stage is not known to be local', () => {
    for (const stage of [undefined, '', 'dev', 'prod', 'Local']) expect(addressRules(stage)).toEqual({ local: false });
  });
});

describe('in stage local, a callback URL', () => {
  it.each(['http://127.0.0.1:4566/hook', 'http://localhost:80/', 'http://[::1]:9000/', 'https://localhost/'])(
    '%j is taken',
    (url) => expect(addressProblem(url, local)).toBeUndefined(),
  );

  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/',
    'http://user@localhost/',
    'http://localhost:0/',
    'ftp://127.0.0.1/',
  ])('%j is refused all the same', (url) => expect(addressProblem(url, local)).toEqual(expect.any(String)));
});

describe('an address', () => {
  it.each(refusedAtConnection)('%s resolves to one that is not public: %j', (_, addresses) => {
    expect(addresses.every(isPublicAddress)).toBe(false);
  });

  it.each([
    '8.8.8.8',
    '93.184.215.14',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:808:808::1',
  ])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each(['', 'example.com', '127.1', '0x7f000001', '2130706433', '::1%lo'])(
    '%j is none that a resolver gives',
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );
});
