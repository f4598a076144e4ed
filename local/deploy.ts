import { Failure } from '../cli/failure';
import { portOption, wholeNumber } from '../cli/options';
import { runProgram } from '../cli/program';
import { showProgress } from '../cli/progress';
import { runningClouds } from '../deployed/local-clouds';
import { startCloud } from './cloud/cloud';

/** `npm run deploy`: deploys the application to the running local cloud. */
runProgram(
  {
    command: 'npm run deploy --',
    summary: 'Deploys the whole application to the running local cloud. Its data stays.',
    options: { ...portOption, verbose: { type: 'boolean', help: 'Shows all output of the CDK.' } },
    examples: ['npm run deploy', 'npm run deploy -- --port 4600'],
  },
  async ({ port, verbose }, lifetime) => {
    const start = performance.now();
    process.env.AWS_ENDPOINT_URL ||= await endpointOf(port);
    const onLine = verbose ? (line: string) => console.error(line) : undefined;
    const { endpoint } = await startCloud({ port: 0, progress: showProgress(), lifetime, onLine });
    console.log(`\nDeployed to ${endpoint} after ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  },
);

async function endpointOf(port: string | undefined): Promise<string> {
  const clouds = await runningClouds();
  const wanted = port === undefined ? clouds : clouds.filter((cloud) => cloud.port === wholeNumber('--port', port));
  const [cloud, other] = wanted;
  if (cloud === undefined) {
    throw new Failure(
      `No local cloud is running${port === undefined ? '' : ` on port ${port}`}: start one with npm start.`,
    );
  }
  if (other !== undefined) {
    throw new Failure(
      `Several local clouds are running: choose one with --port ${clouds.map((one) => one.port).join(' or ')}.`,
    );
  }
  return cloud.endpoint;
}
