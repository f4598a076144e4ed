import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

describe('the lockfile', () => {
  it('has the packages of every platform, not only of the one that it was written on', () => {
    const { packages } = JSON.parse(readFileSync(path.resolve('package-lock.json'), 'utf8')) as Lockfile;
    const missing = Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${owner}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});
