import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../../../cli/failure';
import { requireSaved } from '../../../local/emulator/emulator';

describe('an emulator that was stopped', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'event-broker-emulator-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const stoppedWith = async (log: string) => {
    await writeFile(path.join(directory, 'ministack.log'), log);
    return requireSaved({ directory });
  };

  it('can be resumed if it has saved all of its state', async () => {
    await expect(stoppedWith('INFO Persistence: saved sqs state to sqs.json\n')).resolves.toBeUndefined();
  });

  it('cannot be resumed if it could not save a part of its state', async () => {
    const log = 'ERROR Persistence: error getting state for sqs: dictionary changed size during iteration\n';
    await expect(stoppedWith(log)).rejects.toThrow(Failure);
    await expect(stoppedWith('ERROR Persistence: failed to save lambda: No space left\n')).rejects.toThrow(
      'No space left',
    );
  });

  it('can be resumed without some of its logs', async () => {
    const log = 'ERROR Persistence: error getting state for cloudwatch_logs: dictionary changed size\n';
    await expect(stoppedWith(log)).resolves.toBeUndefined();
  });
});
