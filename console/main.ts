import { wholeNumber } from '../cli/options';
import { runProgram } from '../cli/program';
import { discover } from '../deployed/discover';
import { runningClouds } from '../deployed/local-clouds';
import { toFailure } from '../ops/sdk-errors';
import { chooseTarget, formatTarget } from '../ops/target';
import { startConsole } from './server/console';

const DEFAULT_PORT = '4577';

/** `npm run console`: serves the web console of a deployed stage on this machine, with the operator's own credentials. */
runProgram(
  {
    command: 'npm run console --',
    summary: 'Serves the web console of a deployed system on this machine, with your own AWS credentials.',
    options: {
      stage: {
        type: 'string',
        value: 'name',
        help: 'A stage on AWS, such as dev or prod. Without it: the local cloud.',
      },
      region: { type: 'string', value: 'name', help: 'The AWS region. Without it: the region of your environment.' },
      port: { type: 'string', value: 'port', help: 'Port of the local cloud, if several are running.' },
      'console-port': { type: 'string', value: 'port', help: `Port of the console (${DEFAULT_PORT}).` },
    },
    examples: ['npm run console -- --stage dev', 'npm run console -- --stage prod --region eu-west-1'],
  },
  async (values, lifetime) => {
    const target = chooseTarget(values, process.env, await runningClouds());
    const port = wholeNumber('--console-port', values['console-port'] ?? DEFAULT_PORT, 0, 65_535);
    const deployment = await discover(target).catch((error: unknown) => {
      throw toFailure(error, target);
    });
    console.error(formatTarget(target));
    console.log(`Console   ${(await startConsole({ deployment, port, lifetime })).url}`);
    const keepAlive = setInterval(() => {}, 60_000);
    await new Promise((resolve) => lifetime.signal.addEventListener('abort', resolve));
    clearInterval(keepAlive);
  },
);
