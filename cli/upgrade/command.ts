import { execFileSync } from 'node:child_process';
import { Failure, UsageError } from '../failure';
import { runProgram } from '../program';
import { ROOT } from '../project';
import { counted } from '../text';
import { templateOf, upgrade } from './upgrade';

/** `npm run upgrade`: merges the core of a newer release of the template into this fork. */
runProgram(
  {
    command: 'npm run upgrade --',
    summary: "Merges the core of a newer release of the template into this fork. The fork's own files stay.",
    options: {
      from: { type: 'string', value: 'repository', help: "The template's repository. Recorded, so needed once." },
      to: { type: 'string', value: 'version', help: 'The release, for example 1.4.0. Without it: the newest.' },
    },
    examples: [
      'npm run upgrade -- --from https://github.com/you/event-broker-starter',
      'npm run upgrade -- --to 1.4.0',
    ],
  },
  async ({ from, to }) => {
    if (execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' }) !== '') {
      throw new Failure('The work tree has changes: commit or stash them, then run this again.');
    }
    const { repository = from, release } = templateOf(ROOT);
    if (repository === undefined) {
      throw new UsageError(
        'package.json does not record the repository of the template in "eventBroker.template.repository": name it once with --from.',
      );
    }
    if (release === undefined) {
      throw new Failure(
        'package.json does not record in "eventBroker.template.release" which release this fork has: add it.',
      );
    }
    const result = upgrade(ROOT, from ?? repository, release, to?.replace(/^v/, ''));
    if (result === undefined) {
      console.log(`This fork has release ${release}, and there is nothing newer.`);
      return;
    }
    const { files, conflicts } = result;
    console.log(`Merged release ${result.to} over ${result.from}: ${files.length} files.\n`);
    for (const conflict of conflicts) console.log(`  conflict  ${conflict}`);
    console.log(`${conflicts.length > 0 ? '\nResolve the conflicts, then:' : 'Next:'}\n
  npm install        installs what the release needs
  npm run schemas && npm run map
  npm test           runs all tests
  git commit -a      or, to undo: git reset --hard\n`);
    if (conflicts.length > 0) throw new Failure(`${counted(conflicts.length, 'conflict')} left to you.`);
  },
);
