import { Failure } from '../cli/failure';
import type { Lifetime } from '../cli/lifetime';
import { portOf, portOption, wholeNumber } from '../cli/options';
import { runProgram } from '../cli/program';
import { type Progress, showProgress } from '../cli/progress';
import { requireEmulator } from '../deployed/aws-endpoint';
import { apiUrl, type Deployment, discoverLocal, NothingDeployed } from '../deployed/discover';
import { runningClouds } from '../deployed/local-clouds';
import { type Cloud, startCloud } from '../local/cloud/cloud';
import { warmUp } from '../local/cloud/health';
import { findFreePort } from '../local/emulator/port';
import { CallbackReceiver } from './callback-receiver';
import { channelUsage } from './channel-usage';
import { invariants, type Violation } from './invariants';
import { sampleOrders } from './sample-orders';
import { followAll, placeAll, summarise } from './traffic';
import { waitUntilIdle } from './wait-until-idle';

const DEFAULT_ORDERS = '50';
const MAX_ORDERS = 100_000;
const VIOLATIONS_SHOWN = 10;

/** `npm run demo`: places orders with all outcomes, follows them to their end, and checks the invariants. */
runProgram(
  {
    command: 'npm run demo --',
    summary:
      'Places orders with all outcomes, follows them to their end, and checks that nothing was lost or done twice.',
    options: {
      orders: { type: 'string', value: 'n', help: `Orders to place (${DEFAULT_ORDERS}).` },
      ...portOption,
    },
    examples: ['npm run demo', 'npm run demo -- --orders 200'],
  },
  async ({ orders = DEFAULT_ORDERS, port }, lifetime) => {
    const count = wholeNumber('--orders', orders, 1, MAX_ORDERS);
    const progress = showProgress();
    const deployment = await findOrStart(port, progress, lifetime);
    const url = apiUrl(deployment, 'checkout');

    const receiver = await CallbackReceiver.start(deployment);
    lifetime.onEnd(() => receiver.stop());
    const placed = await placeAll(url, sampleOrders(count, receiver.url), progress);
    progress.done(`Placed ${count} orders at ${url}`);
    const followed = await followAll(deployment, placed, receiver.outcomes, progress, lifetime.signal);
    progress.done(`All ${count} orders have ended`);
    progress.doing('Waiting until all subscribers have processed all events');
    const { snapshot, violations } = await waitUntilIdle(deployment, { signal: lifetime.signal });
    progress.done('All subscribers have processed all events');

    console.log(`\n${summarise(followed, snapshot)}\n\n${await channelUsage(deployment, followed)}\n`);
    if (violations.length > 0) throw new Failure(formatViolations(violations));
    const unexpected = followed.filter(({ expected, outcome }) => outcome !== expected);
    const [first] = unexpected;
    if (first) {
      const example = `${first.orderId} is ${first.outcome} instead of ${first.expected}`;
      throw new Failure(`${unexpected.length} orders have an unexpected outcome: ${example}.`);
    }
    console.log(`0 of ${Object.keys(invariants).length} invariants broken: ${Object.values(invariants).join('; ')}.`);
  },
);

/** Returns the deployment at `AWS_ENDPOINT_URL`, else a running local cloud, else a new one that ends with this command. */
async function findOrStart(port: string | undefined, progress: Progress, lifetime: Lifetime): Promise<Deployment> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given) return findOrDeploy(await requireEmulator(given), progress, lifetime);
  const clouds = await runningClouds();
  const matching = port === undefined ? clouds : clouds.filter((cloud) => cloud.port === portOf(port));
  const [cloud, ...others] = matching;
  if (cloud && others.length > 0) {
    const ports = matching.map((one) => one.port).join(', ');
    throw new Failure(`Several local clouds are running: choose one with --port (${ports}).`);
  }
  if (cloud) {
    progress.done(`Using the local cloud at ${cloud.endpoint}`);
    return discoverLocal(cloud.endpoint);
  }
  progress.done('No local cloud is running: starting one for this demo');
  return startWarm(port === undefined ? await findFreePort() : portOf(port), progress, lifetime);
}

async function findOrDeploy(endpoint: string, progress: Progress, lifetime: Lifetime): Promise<Deployment> {
  try {
    return await discoverLocal(endpoint);
  } catch (error) {
    if (!(error instanceof NothingDeployed)) throw error;
    return startCloud({ port: 0, progress, lifetime });
  }
}

async function startWarm(port: number, progress: Progress, lifetime: Lifetime): Promise<Cloud> {
  const cloud = await startCloud({ port, progress, lifetime });
  progress.doing('Warming up the functions');
  await warmUp(cloud);
  progress.done('Warmed up the functions');
  return cloud;
}

function formatViolations(violations: readonly Violation[]): string {
  const broken = new Set(violations.map(({ invariant }) => invariants[invariant]));
  const shown = violations.slice(0, VIOLATIONS_SHOWN).map(({ detail }) => `  ${detail}`);
  const more = violations.length > shown.length ? [`  and ${violations.length - shown.length} more`] : [];
  return [`These invariants do not hold: ${[...broken].join('; ')}.`, ...shown, ...more].join('\n');
}
