import { Failure } from '../cli/failure';
import { type Lifetime, run } from '../cli/lifetime';
import { portOf, readOptions, wholeNumber } from '../cli/options';
import { type Progress, showProgress } from '../cli/progress';
import { apiUrl, type Deployment, discover } from '../deployed/discover';
import { runningClouds } from '../deployed/local-clouds';
import { startCloud } from '../local/cloud/cloud';
import { warmUp } from '../local/cloud/health';
import { findFreePort } from '../local/emulator/emulator';
import { CallbackReceiver } from './callback-receiver';
import { channelUsage } from './channel-usage';
import { invariants, type Violation } from './invariants';
import { sampleOrders } from './sample-orders';
import { followAll, placeAll, summarise } from './traffic';
import { waitUntilIdle } from './wait-until-idle';

const MAX_ORDERS = 100_000;
const VIOLATIONS_SHOWN = 10;

/** `npm run demo`: orders of all outcomes, to their end, and whether all went well. */
run(async (lifetime) => {
  const options = readOptions(
    { orders: { type: 'string', default: '50' }, port: { type: 'string' } },
    'npm run demo -- [--orders 50] [--port 4566]',
  );
  const count = wholeNumber('--orders', options.orders, 1, MAX_ORDERS);
  const progress = showProgress();
  const deployment = await findOrStart(options.port, progress, lifetime);
  const url = apiUrl(deployment, 'checkout');

  const receiver = await CallbackReceiver.start(deployment);
  lifetime.onEnd(() => receiver.stop());
  const placed = await placeAll(url, sampleOrders(count, receiver.url), progress);
  progress.done(`Placed ${count} orders at ${url}`);
  const followed = await followAll(deployment, placed, receiver.outcomes, progress, lifetime.signal);
  progress.done(`All ${count} orders have ended`);
  progress.doing('Waiting until every event has arrived everywhere');
  const { snapshot, violations } = await waitUntilIdle(deployment, { signal: lifetime.signal });
  progress.done('Every event has arrived everywhere');

  console.log(`\n${summarise(followed, snapshot)}\n\n${await channelUsage(deployment, followed)}\n`);
  const surprises = followed.filter(({ expected, outcome }) => outcome !== expected);
  const [first] = surprises;
  if (violations.length > 0) throw new Failure(describeViolations(violations));
  if (first) {
    const example = `${first.orderId} is ${first.outcome} and was meant to be ${first.expected}`;
    throw new Failure(`${surprises.length} orders ended otherwise than they should: ${example}.`);
  }
  console.log(`0 of ${Object.keys(invariants).length} invariants broken: ${Object.values(invariants).join('; ')}.`);
});

/** The emulator of `AWS_ENDPOINT_URL`, or the local cloud that is running, or a new one for the time of this command. */
async function findOrStart(port: string | undefined, progress: Progress, lifetime: Lifetime): Promise<Deployment> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given) return discover(given).catch(() => startCloud({ port: 0, progress, lifetime }));
  const clouds = await runningClouds();
  const wanted = port === undefined ? clouds : clouds.filter(({ name }) => name === String(portOf(port)));
  const [cloud, ...others] = wanted;
  if (cloud && others.length > 0) {
    throw new Failure(
      `Local clouds are running on ports ${wanted.map(({ name }) => name).join(', ')}: name one with --port.`,
    );
  }
  if (cloud) {
    progress.done(`Using the local cloud at ${cloud.endpoint}`);
    return discover(cloud.endpoint);
  }
  progress.done('No local cloud is running: starting one for this demo');
  const deployment = await startCloud({
    port: port === undefined ? await findFreePort() : portOf(port),
    progress,
    lifetime,
  });
  progress.doing('Warming up the functions');
  await warmUp(deployment);
  progress.done('Warmed up the functions');
  return deployment;
}

function describeViolations(violations: readonly Violation[]): string {
  const broken = new Set(violations.map(({ invariant }) => invariants[invariant]));
  const shown = violations.slice(0, VIOLATIONS_SHOWN).map(({ detail }) => `  ${detail}`);
  const more = violations.length > shown.length ? [`  and ${violations.length - shown.length} more`] : [];
  return [`These invariants do not hold: ${[...broken].join('; ')}.`, ...shown, ...more].join('\n');
}
