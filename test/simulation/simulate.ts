import { Failure } from '../../cli/failure';
import { wholeNumber } from '../../cli/options';
import { runProgram } from '../../cli/program';
import { showProgress } from '../../cli/progress';
import { formatTable } from '../../cli/table';
import { describeFailure, shrink } from './shrink';
import { Simulators } from './simulators';
import { Tally } from './tally';

/** Orders of one world. Small worlds shrink fast, and many seeds see more than many orders. */
const ORDERS_PER_WORLD = 100;
const DEFAULT_ORDERS = 2_000;

/** `npm run simulate`: runs orders through the functions in a simulated cloud in which everything fails. */
runProgram(
  {
    command: 'npm run simulate --',
    summary: 'Simulates orders in a cloud where everything fails, and checks the invariants.',
    options: {
      orders: { type: 'string', value: 'n', help: `Orders to simulate (${DEFAULT_ORDERS}).` },
      seed: { type: 'string', value: 'n', help: 'Seed of the first world (1). The same seed repeats the same run.' },
    },
    examples: ['npm run simulate -- --orders 100000', 'npm run simulate -- --orders 100 --seed 42'],
  },
  async ({ orders = String(DEFAULT_ORDERS), seed = '1' }) =>
    simulate(wholeNumber('--orders', orders), wholeNumber('--seed', seed)),
);

async function simulate(orders: number, firstSeed: number): Promise<void> {
  const worlds = Math.ceil(orders / ORDERS_PER_WORLD);
  console.log(`Simulating ${orders} orders in ${worlds} worlds, seeds ${firstSeed} to ${firstSeed + worlds - 1}.`);
  const started = performance.now();
  const tally = await simulateAll(orders, firstSeed);
  const seconds = (performance.now() - started) / 1_000;

  const { injected, completed, cancelled, redriven, failing } = tally;
  const faults = [...tally.faults].sort(([, a], [, b]) => b - a);
  console.log(`\n${formatTable(['fault', 'injected'], faults)}`);
  console.log(
    `\n${tally.orders} orders: ${completed} completed, ${cancelled} cancelled; ${injected} faults ` +
      `(${Math.round((injected / orders) * 100)} per 100 orders), ${redriven} dead letters redriven; ` +
      `${failing.length} worlds with violations; ${seconds.toFixed(1)} s.`,
  );
  const [seed] = failing.sort((a, b) => a - b);
  if (seed === undefined) return;
  console.log(`\nMaking seed ${seed} smaller …\n`);
  console.log(describeFailure(await shrink({ seed, orders: ORDERS_PER_WORLD })));
  throw new Failure(`Repeat the run: npm run simulate -- --orders ${ORDERS_PER_WORLD} --seed ${seed}`);
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
