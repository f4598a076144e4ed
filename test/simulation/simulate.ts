import { parseArgs } from 'node:util';
import { showProgress } from '../../cli/progress';
import { formatTable } from '../../cli/table';
import { describeFailure, shrink } from './shrink';
import { Simulators } from './simulators';
import { Tally } from './tally';

/** Orders of one world. Small worlds shrink fast, and many seeds see more than many orders. */
const ORDERS_PER_WORLD = 100;
const DEFAULT_ORDERS = 2_000;

const options = readOptions();
run(options.orders, options.seed).catch((error) => {
  console.error(`The simulation stopped: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});

async function run(orders: number, firstSeed: number): Promise<void> {
  const worlds = Math.ceil(orders / ORDERS_PER_WORLD);
  console.log(`Simulating ${orders} orders in ${worlds} worlds, seeds ${firstSeed} to ${firstSeed + worlds - 1}.`);
  const started = performance.now();
  const tally = await simulateAll(orders, firstSeed);
  const seconds = (performance.now() - started) / 1_000;

  const { injected, completed, cancelled, redriven, failing } = tally;
  const faults = [...tally.faults].sort(([, a], [, b]) => b - a).map(([kind, count]) => [kind, String(count)]);
  console.log(`\n${formatTable([['fault', 'injected'], ...faults])}`);
  console.log(
    `\n${tally.orders} orders: ${completed} completed, ${cancelled} cancelled; ${injected} faults ` +
      `(${Math.round((injected / orders) * 100)} per 100 orders), ${redriven} dead letters redriven; ` +
      `${failing.length} worlds with violations; ${seconds.toFixed(1)} s.`,
  );
  const [seed] = failing.sort((a, b) => a - b);
  if (seed === undefined) return;
  console.log(`\nMaking seed ${seed} smaller …\n`);
  console.log(describeFailure(await shrink({ seed, orders: ORDERS_PER_WORLD })));
  console.log(`\nSee it again: npm run simulate -- --orders ${ORDERS_PER_WORLD} --seed ${seed}`);
  process.exitCode = 1;
}

async function simulateAll(orders: number, firstSeed: number): Promise<Tally> {
  const tally = new Tally();
  const progress = showProgress();
  const simulators = new Simulators();
  const sizes = Array.from({ length: Math.ceil(orders / ORDERS_PER_WORLD) }, (_, world) =>
    Math.min(ORDERS_PER_WORLD, orders - world * ORDERS_PER_WORLD),
  );
  try {
    await Promise.all(
      sizes.map(async (size, world) => {
        tally.add(await simulators.run({ seed: firstSeed + world, orders: size }));
        progress.part('orders', tally.orders, orders);
      }),
    );
  } finally {
    simulators.stop();
  }
  return tally;
}

function readOptions(): { orders: number; seed: number } {
  const { values } = parseArgs({ options: { orders: { type: 'string' }, seed: { type: 'string' } } });
  const number = (name: 'orders' | 'seed', otherwise: number) => {
    const value = Number(values[name] ?? otherwise);
    if (Number.isSafeInteger(value) && value >= 1) return value;
    console.error(`--${name} takes a whole number from 1, not "${values[name]}".`);
    process.exit(2);
  };
  return { orders: number('orders', DEFAULT_ORDERS), seed: number('seed', 1) };
}
