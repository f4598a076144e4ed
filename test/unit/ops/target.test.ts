import { Failure } from '../../../cli/failure';
import { oneSentence } from '../../../ops/sdk-errors';
import { chooseTarget } from '../../../ops/target';

function cloud(port: number) {
  return { name: `${port}`, endpoint: `http://127.0.0.1:${port}`, owner: 1, since: '2026-01-31', ready: true };
}

const GIVEN = { AWS_ENDPOINT_URL: 'http://localhost:9' };

describe('the target of a command', () => {
  it('is the local cloud that is running', () => {
    expect(chooseTarget({}, {}, [cloud(4566)])).toMatchObject({ stage: 'local', endpoint: 'http://127.0.0.1:4566' });
  });

  it('is the one on the port, when several are running', () => {
    const clouds = [cloud(4566), cloud(4567)];
    expect(chooseTarget({ port: '4567' }, GIVEN, clouds).endpoint).toBe('http://127.0.0.1:4567');
    expect(() => chooseTarget({}, {}, clouds)).toThrow('choose one with --port (4566, 4567)');
    expect(() => chooseTarget({ port: '1' }, {}, clouds)).toThrow('No local cloud of this checkout is ready on port 1');
  });

  it('is the emulator that the environment names', () => {
    expect(chooseTarget({}, GIVEN, [cloud(4566), cloud(4567)]).endpoint).toBe('http://localhost:9');
  });

  it('is AWS when a stage of AWS is named, whatever is running here', () => {
    const target = chooseTarget({ stage: 'prod', region: 'eu-west-1' }, {}, [cloud(4566)]);
    expect(target).toEqual({ stage: 'prod', region: 'eu-west-1', endpoint: undefined });
  });

  it('is never AWS unless a stage is named', () => {
    expect(() => chooseTarget({}, {}, [])).toThrow('No local cloud is running');
    expect(() => chooseTarget({ region: 'eu-west-1' }, {}, [cloud(4566)])).toThrow('--stage');
    expect(() => chooseTarget({ stage: 'dev', port: '4566' }, {}, [cloud(4566)])).toThrow('--port');
  });
});

describe('what the SDK throws', () => {
  const error = (name: string, message: string, more: object = { $metadata: {} }) =>
    Object.assign(new Error(message), { name, ...more });
  const target = { endpoint: undefined };

  it.each([
    [error('CredentialsProviderError', 'none', {}), 'There are no AWS credentials'],
    [error('Error', 'Region is missing', {}), 'No AWS region is set'],
    [error('Error', 'connect', { code: 'ECONNREFUSED' }), 'Nobody answers at AWS: connect.'],
    [error('AccessDeniedException', 'no'), 'AWS does not allow it: no'],
    [error('ExpiredTokenException', 'old'), 'AWS answered ExpiredTokenException: old'],
  ])('%s is one sentence', (thrown, sentence) => {
    const failure = oneSentence(thrown, target);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toContain(sentence);
  });

  it('keeps its stack when it is our own mistake', () => {
    const mistake = new TypeError('undefined is no function');
    expect(oneSentence(mistake, target)).toBe(mistake);
  });
});
