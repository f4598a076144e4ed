import { Failure } from '../../cli/failure';
import { wholeNumber } from '../../cli/options';
import { runProgram } from '../../cli/program';
import { showProgress } from '../../cli/progress';
import { formatTable } from '../../cli/table';
import { describeFailure, shrink } from './shrink';
import { Simulators, type SystemSource } from './simulators';
import { Tally } from './tally';

/** Orders in one world. Small worlds shrink fast, and many seeds find more than large worlds. */
const SIZE_OF_WORLD = 100;
const DEFAULT_SIZE = 2_000;

/** `npm run simulate`: runs many worlds under faults, and prints a table of the faults and the smallest failing run. */
export function simulateProgram(source: () => Promise<SystemSource>): Promise<never> {
  return runProgram(
    {
      command: 'npm run simulate --',
      summary: 'Simulates orders in a cloud in which every call can fail, and checks the invariants.',
      options: {
        orders: { type: 'string', value: 'n', help: `Orders to simulate (${DEFAULT_SIZE}).` },
        seed: { type: 'string', value: 'n', help: 'Seed of the first world (1). The same seed repeats the same run.' },
      },
      examples: ['npm run simulate -- --orders 100000', 'npm run simulate -- --orders 100 --seed 42'],
    },
    async ({ orders = String(DEFAULT_SIZE), seed = '1' }, lifetime) => {
      const simulators = new Simulators(await source());
      lifetime.onEnd(async () => simulators.stop());
      await simulate(simulators, wholeNumber('--orders', orders), wholeNumber('--seed', seed));
    },
  );
}

async function simulate(simulators: Simulators, size: number, firstSeed: number): Promise<void> {
  const worlds = Math.ceil(size / SIZE_OF_WORLD);
  console.log(`Simulating ${size} orders in ${worlds} worlds, seeds ${firstSeed} to ${firstSeed + worlds - 1}.`);
  const started = performance.now();
  const tally = await simulateAll(simulators, size, firstSeed);
  report(tally, (performance.now() - started) / 1_000);
  const [seed] = tally.failing.sort((a, b) => a - b);
  if (seed === undefined) return;
  console.log(`\nShrinking seed ${seed} …\n`);
  console.log(describeFailure(await shrink({ seed, size: SIZE_OF_WORLD }, (task) => simulators.run(task))));
  throw new Failure(`Repeat the run: npm run simulate -- --orders ${SIZE_OF_WORLD} --seed ${seed}`);
}

function report({ size, faults, injected, outcomes, redriven, failing }: Tally, seconds: number): void {
  const rows = [...faults].sort(([, a], [, b]) => b - a);
  const ended = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  console.log(`\n${formatTable(['fault', 'injected'], rows)}`);
  console.log(
    `\n${size} orders: ${ended}; ${injected} faults ` +
      `(${Math.round((injected / size) * 100)} per 100 orders), ${redriven} dead letters redriven; ` +
      `${failing.length} worlds with violations; ${seconds.toFixed(1)} s.`,
  );
}

async function simulateAll(simulators: Simulators, size: number, firstSeed: number): Promise<Tally> {
  const tally = new Tally();
  const progress = showProgress();
  const sizes = Array.from({ length: Math.ceil(size / SIZE_OF_WORLD) }, (_, world) =>
    Math.min(SIZE_OF_WORLD, size - world * SIZE_OF_WORLD),
  );
  await Promise.all(
    sizes.map(async (one, world) => {
      tally.add(await simulators.run({ seed: firstSeed + world, size: one }));
      progress.part('orders', tally.size, size);
    }),
  );
  return tally;
}
