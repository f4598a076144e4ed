import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const WORKFLOWS = path.join('.github', 'workflows');
const workflows = readdirSync(WORKFLOWS).map((file) => readFileSync(path.join(WORKFLOWS, file), 'utf8'));

describe('the workflows', () => {
  it('run scripts that exist', () => {
    const scripts = workflows.flatMap((text) =>
      [...text.matchAll(/run: (\.ci\/\S+)/g)].map(([, script = '']) => script),
    );
    expect(new Set(scripts)).toEqual(new Set(['.ci/run', '.ci/deploy', '.ci/diff', '.ci/destroy']));
    for (const script of scripts) accessSync(script, constants.X_OK);
  });

  it('pin every action to a version', () => {
    const actions = workflows.flatMap((text) => [...text.matchAll(/uses: (?!\.\/)(\S+)/g)].map(([, action]) => action));
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@v\d+\.\d+\.\d+$/);
  });

  it('store no AWS keys', () => {
    for (const text of workflows) expect(text).not.toMatch(/secrets\.|aws-access-key-id/);
  });
});

describe('.ci/destroy', () => {
  it.each(['dev', 'prod', 'local'])('refuses stage %s', (stage) => {
    const { status, stderr } = spawnSync('.ci/destroy', [stage], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toBe(
      `.ci/destroy deletes the stages of pull requests only, not ${stage}: run npx cdk destroy --all -c stage=${stage} yourself.\n`,
    );
  });
});
