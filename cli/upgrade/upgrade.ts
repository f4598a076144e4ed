import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../failure';
import { mergePackages, type PackageJson } from './package-json';

/** What a release brings to a fork. Everything else is the fork's own. */
const CORE = [
  ...[
    '.ci',
    '.dependency-cruiser.cjs',
    '.github',
    '.vscode',
    'AGENTS.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'bench',
    'biome.json',
  ],
  ...[
    'cdk.json',
    'cli',
    'console',
    'contracts/core',
    'deployed',
    'docs',
    'jest.config.js',
    'lambdas/runtime',
    'lib/broker',
  ],
  ...['local', 'observe', 'ops', 'test', 'tsconfig.json'],
];

/** Commands write these folders from the fork's own declarations. */
const GENERATED = /^docs\/map\//;

const MAX_OUTPUT = 256 * 1024 * 1024;

export interface Upgrade {
  readonly from: string;
  readonly to: string;
  /** Files that the release has changed in the fork. */
  readonly files: readonly string[];
  /** What must be decided by a person: files with conflict markers, and entries of package.json. */
  readonly conflicts: readonly string[];
}

/**
 * Merges the core of a newer release into a fork: a three-way merge against the release that the fork has. Files that the fork has
 * deleted stay deleted.
 *
 * @param root the fork's folder, a git checkout without changes
 * @param repository the template's repository
 * @param from the release that the fork has
 * @param to @default the newest release
 * @throws Failure before anything is changed, when there is no such release or nothing newer
 */
export function upgrade(root: string, repository: string, from: string, to?: string): Upgrade | undefined {
  const git = gitIn(root);
  const releases = releasesOf(git, repository);
  const wanted = to ?? releases.at(-1) ?? '';
  for (const release of [from, wanted]) {
    if (!releases.includes(release)) {
      throw new Failure(
        `${repository} has no release ${release || 'at all'}: it has ${releases.join(', ') || 'no tags v1.2.3'}.`,
      );
    }
  }
  if (releases.indexOf(wanted) <= releases.indexOf(from)) return undefined;
  for (const release of [from, wanted])
    git('fetch', '--quiet', '--no-tags', repository, `+refs/tags/v${release}:${refOf(release)}`);

  const own = new Set(git('ls-tree', '-r', '--name-only', 'HEAD').split('\n'));
  const [before, after] = [coreOf(git, from), coreOf(git, wanted)];
  // What the fork has deleted, such as the sample's pages, is in neither side.
  const isWanted = (file: string) => own.has(file) || !before.has(file);
  const [base, theirs] = [before, after].map((core) => [...core].filter(([file]) => isWanted(file)));
  const core = new Set([...before.keys(), ...after.keys()]);
  const parent = commitTree(git, root, core, base ?? []);
  const release = commitTree(git, root, core, theirs ?? [], parent);
  const conflicts = cherryPick(git, release);
  const json = (ref: string) => JSON.parse(git('show', `${ref}:package.json`)) as PackageJson;
  const { merged, conflicts: undecided } = mergePackages(json(refOf(from)), json('HEAD'), json(refOf(wanted)));
  const { eventBroker } = merged;
  const recorded = { ...merged, eventBroker: { ...eventBroker, template: { repository, release: wanted } } };
  writeFileSync(path.join(root, 'package.json'), `${JSON.stringify(recorded, null, 2)}\n`);
  git('add', 'package.json');
  for (const one of [from, wanted]) git('update-ref', '-d', refOf(one));
  const files = git('diff', '--name-only', 'HEAD').split('\n').filter(Boolean);
  return { from, to: wanted, files, conflicts: [...conflicts, ...undecided] };
}

type Git = (...args: string[]) => string;

function gitIn(root: string, more: NodeJS.ProcessEnv = {}, input?: string): Git {
  return (...args) => {
    try {
      const env = { ...process.env, ...more };
      return execFileSync('git', args, {
        cwd: root,
        encoding: 'utf8',
        env,
        input,
        maxBuffer: MAX_OUTPUT,
        stdio: 'pipe',
      }).trim();
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      throw new Failure(`git ${args[0]} failed: ${stderr.trim().split('\n')[0] || 'it printed no reason'}`);
    }
  };
}

/** Returns the releases of a repository, oldest first: its tags `v1.2.3`, without `v`. */
function releasesOf(git: Git, repository: string): string[] {
  const tags = [...git('ls-remote', '--tags', '--refs', repository).matchAll(/refs\/tags\/v(\d+\.\d+\.\d+)$/gm)];
  const numbers = (release: string) => release.split('.').map(Number);
  return tags
    .map(([, release = '']) => release)
    .sort((a, b) => numbers(a).reduce((order, number, index) => order || number - (numbers(b)[index] ?? 0), 0));
}

function refOf(release: string): string {
  return `refs/upgrade/${release}`;
}

/** Returns the core's files of a release: path → the line for `git update-index --index-info`. */
function coreOf(git: Git, release: string): ReadonlyMap<string, string> {
  const lines = git('ls-tree', '-r', refOf(release), '--', ...CORE)
    .split('\n')
    .filter(Boolean);
  return new Map(
    lines.map((line) => [line.slice(line.indexOf('\t') + 1), line] as const).filter(([file]) => !GENERATED.test(file)),
  );
}

/** Commits the fork's tree with other files in place of the core, in no branch. */
function commitTree(
  git: Git,
  root: string,
  core: ReadonlySet<string>,
  files: readonly (readonly [string, string])[],
  parent?: string,
): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'event-broker-upgrade-'));
  try {
    const author = { GIT_AUTHOR_NAME: 'upgrade', GIT_AUTHOR_EMAIL: 'upgrade@localhost' };
    const committer = { GIT_COMMITTER_NAME: 'upgrade', GIT_COMMITTER_EMAIL: 'upgrade@localhost' };
    const env = { GIT_INDEX_FILE: path.join(folder, 'index'), ...author, ...committer };
    const none = '0'.repeat(git('rev-parse', 'HEAD').length);
    const lines = [...[...core].map((file) => `0 ${none}\t${file}`), ...files.map(([, line]) => line)];
    gitIn(root, env)('read-tree', 'HEAD');
    gitIn(root, env, `${lines.join('\n')}\n`)('update-index', '--index-info');
    const tree = gitIn(root, env)('write-tree');
    return gitIn(root, env)('commit-tree', tree, ...(parent ? ['-p', parent] : []), '-m', 'The core of a release');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Applies a commit's changes to the work tree and the index. @returns the files with conflicts */
function cherryPick(git: Git, commit: string): string[] {
  try {
    git('cherry-pick', '--no-commit', '--allow-empty', commit);
    return [];
  } catch (error) {
    const files = git('diff', '--name-only', '--diff-filter=U').split('\n').filter(Boolean);
    if (files.length === 0) throw error;
    return files;
  }
}

/** Reads the template that a fork records in its `package.json`. */
export function templateOf(root: string) {
  const { eventBroker } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as PackageJson;
  return eventBroker?.template ?? {};
}
