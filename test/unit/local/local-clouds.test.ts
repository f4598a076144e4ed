import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../../../cli/failure';
import { changeOf, prepareLocalDirectory } from '../../../deployed/local-clouds';

describe('the folder of local clouds', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(path.join(tmpdir(), 'event-broker-local-'));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is created', async () => {
    await expect(prepareLocalDirectory(path.join(parent, '.local'))).resolves.toBeUndefined();
    await expect(prepareLocalDirectory(path.join(parent, '.local'))).resolves.toBeUndefined();
  });

  it('can lose a folder to another process while it is read', async () => {
    await expect(changeOf(path.join(parent, 'gone'))).resolves.toBeGreaterThanOrEqual(await changeOf(parent));
  });

  it.each([
    ['it is a file', '.local'],
    ['its parent is a file', path.join('.local', 'inner')],
    // A folder in which not even root can write.
    ['the file system is read-only', '/sys/event-broker'],
  ])('is refused in one sentence when %s', async (_, directory) => {
    writeFileSync(path.join(parent, '.local'), '');
    const refused = prepareLocalDirectory(path.resolve(parent, directory));
    await expect(refused).rejects.toThrow(Failure);
    await expect(refused).rejects.toThrow('is not writable, but the local cloud keeps its files there: ');
  });
});
