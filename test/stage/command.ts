import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, UsageError } from '../../cli/failure';
import { runProgram } from '../../cli/program';
import { ROOT } from '../../cli/project';
import { discover } from '../../deployed/discover';
import { runningClouds } from '../../deployed/local-clouds';
import { toFailure } from '../../ops/sdk-errors';
import { chooseTarget, formatTarget } from '../../ops/target';
import { publishStage } from './stage';

/** `npm run test:stage`: runs the app's end-to-end tests against a deployed stage. */
runProgram(
  {
    command: 'npm run test:stage --',
    summary: 'Runs the end-to-end tests against a deployed stage, which they fill with test data.',
    options: {
      stage: {
        type: 'string',
        value: 'name',
        help: 'A stage on AWS, such as dev, or local for the running local cloud.',
      },
      region: { type: 'string', value: 'name', help: 'The AWS region. Without it: the region of your environment.' },
    },
    examples: ['npm run test:stage -- --stage dev', 'npm run test:stage -- --stage pr-123 --region eu-west-1'],
  },
  async ({ stage, region }) => {
    if (stage === undefined) throw new UsageError('test:stage needs --stage, for example --stage dev.');
    if (stage === 'prod') throw new UsageError('test:stage does not run on prod, because the tests write test data.');
    const config = configuredTests();
    const target = chooseTarget({ stage, region }, process.env, await runningClouds());
    await discover(target).catch((error: unknown) => {
      throw toFailure(error, target);
    });
    console.error(formatTarget(target));
    publishStage(target);
    const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
    const child = spawn(process.execPath, [jest, '--config', config], { cwd: ROOT, stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Failure(`The tests failed on stage ${stage}.`);
  },
);

/** The core knows no app, so package.json names the app's tests. */
function configuredTests(): string {
  const { eventBroker } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    eventBroker?: { stageTests?: string };
  };
  const config = eventBroker?.stageTests;
  if (config !== undefined && existsSync(path.join(ROOT, config))) return config;
  throw new Failure('package.json names no Jest configuration in "eventBroker.stageTests": see docs/testing.md.');
}
