import { Failure, UsageError } from '../../../cli/failure';
import { toFailure } from '../../../ops/sdk-errors';
import { chooseTarget } from '../../../ops/target';

function cloud(port: number) {
  return { port, endpoint: `http://127.0.0.1:${port}`, owner: 1, since: '2026-01-31', ready: true };
}

const GIVEN = { AWS_ENDPOINT_URL: 'http://localhost:9' };

describe('the target of a command', () => {
  it('is the running local cloud', () => {
    expect(chooseTarget({}, {}, [cloud(4566)])).toMatchObject({ stage: 'local', endpoint: 'http://127.0.0.1:4566' });
  });

  it('is the local cloud on the given port', () => {
    const clouds = [cloud(4566), cloud(4567)];
    expect(chooseTarget({ port: '4567' }, GIVEN, clouds).endpoint).toBe('http://127.0.0.1:4567');
    expect(() => chooseTarget({}, {}, clouds)).toThrow('choose one with --port (4566, 4567)');
    expect(() => chooseTarget({ port: '1' }, {}, clouds)).toThrow('No local cloud of this checkout is ready on port 1');
  });

  it('is the emulator that AWS_ENDPOINT_URL names', () => {
    expect(chooseTarget({}, GIVEN, [cloud(4566), cloud(4567)]).endpoint).toBe('http://localhost:9');
  });

  it('is AWS for a stage on AWS, even if local clouds are running', () => {
    const target = chooseTarget({ stage: 'prod', region: 'eu-west-1' }, {}, [cloud(4566)]);
    expect(target).toEqual({ stage: 'prod', region: 'eu-west-1', endpoint: undefined });
  });

  it('is never AWS without --stage', () => {
    expect(() => chooseTarget({}, {}, [])).toThrow('No local cloud is running');
    expect(() => chooseTarget({ region: 'eu-west-1' }, {}, [cloud(4566)])).toThrow(UsageError);
    expect(() => chooseTarget({ stage: 'dev', port: '4566' }, {}, [cloud(4566)])).toThrow(UsageError);
  });
});

describe('an error of the SDK', () => {
  const error = (name: string, message: string, more: object = { $metadata: {} }) =>
    Object.assign(new Error(message), { name, ...more });
  const target = { endpoint: undefined };

  it.each([
    [error('CredentialsProviderError', 'none', {}), 'There are no AWS credentials'],
    [error('Error', 'Region is missing', {}), 'No AWS region is set'],
    [error('Error', 'connect', { code: 'ECONNREFUSED' }), 'Nothing answers at AWS: connect.'],
    [error('AccessDeniedException', 'no'), 'AWS does not allow this call: no'],
    [error('ExpiredTokenException', 'old'), 'AWS answered ExpiredTokenException: old'],
  ])('becomes one sentence: %s', (thrown, sentence) => {
    const failure = toFailure(thrown, target);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toContain(sentence);
  });

  it.each([
    ['an HTML page', error('SyntaxError', 'Unexpected token <', { $metadata: { httpStatusCode: 200 } })],
    ['a JSON error', error('Unknown', 'not found', { $metadata: { httpStatusCode: 404 } })],
  ])('says that the endpoint is not AWS for %s', (_, thrown) => {
    const failure = toFailure(thrown, { endpoint: 'http://127.0.0.1:8080' }) as Failure;
    expect(failure.message).toBe('http://127.0.0.1:8080 answers, but not as an AWS endpoint. Check AWS_ENDPOINT_URL.');
  });

  it('is left as it is when it is not an answer of AWS', () => {
    const bug = new TypeError('undefined is no function');
    expect(toFailure(bug, target)).toBe(bug);
  });
});
