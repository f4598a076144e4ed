import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MINISTACK_VERSION } from '../../../local/emulator/install';
import { pythonVersion } from '../../../local/emulator/python-environment';

describe('the installation of the emulator', () => {
  it('pins the same version in the code and in the requirements', () => {
    const requirements = readFileSync(path.resolve('local/emulator/python/requirements.txt'), 'utf8');
    expect(requirements.split('\n')).toContain(`ministack==${MINISTACK_VERSION}`);
  });

  it('pins all dependencies of the emulator', () => {
    const requirements = readFileSync(path.resolve('local/emulator/python/requirements.txt'), 'utf8');
    const lines = requirements.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.filter((line) => !/^[\w-]+==[\w.]+$/.test(line))).toEqual([]);
  });

  it.each([
    ['Python 3.10.13', '3.10.13'],
    ['Python 3.14.0rc2\n', '3.14.0rc2'],
    ['Python 3.9.18', undefined],
    ['Python 2.7.18', undefined],
    ['pyenv: python3.13: command not found', undefined],
    ['', undefined],
  ])('reads from "%s" the version %s', (answer, version) => {
    expect(pythonVersion(answer)).toBe(version);
  });
});
