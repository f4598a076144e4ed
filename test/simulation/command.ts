import { join } from 'node:path';
import { writeTables } from '../../bench/docs';
import { Failure } from '../../cli/failure';
import { wholeNumber } from '../../cli/options';
import { runProgram } from '../../cli/program';
import { showProgress } from '../../cli/progress';
import { formatTable } from '../../cli/table';
import { type Bounds, explore } from './explore';
import { describeFailure, shrink } from './shrink';
import type { Task } from './simulator';
import { Simulators, type SystemSource } from './simulators';
import { Tally } from './tally';

/** Orders in one world. Small worlds shrink fast, and many seeds find more than large worlds. */
const SIZE_OF_WORLD = 100;
const DEFAULT_SIZE = 2_000;
/** Every kind of fault occurs in so many orders, whatever the seed. */
const FULL_SIZE = 5_000;
const SIZE_OF_SABOTAGES = 20;
const SEEDS_OF_SABOTAGES = 300;
const WIDTH = 90;
const DOCS = join(__dirname, '../../docs');
const MOST_RUNS = 20_000;
const RUNS_SHOWN = 1_000;

/**
 * `npm run simulate`: runs many worlds under faults, and prints a table of the faults and the smallest failing run.
 *
 * @param sabotageNames the sabotages that its module knows
 */
export function simulateProgram(source: () => Promise<SystemSource>, sabotageNames: readonly string[]): Promise<never> {
  return runProgram(
    {
      command: 'npm run simulate --',
      summary: 'Simulates orders in a cloud in which every call can fail, and checks the invariants.',
      options: {
        orders: { type: 'string', value: 'n', help: `Orders to simulate (${DEFAULT_SIZE}; with --exhaustive 1).` },
        exhaustive: { type: 'boolean', help: 'Runs one small world with each possible fault instead.' },
        depth: { type: 'string', value: 'n', help: 'With --exhaustive: the most faults in one run (1).' },
        runs: { type: 'string', value: 'n', help: `With --exhaustive: the most runs (${MOST_RUNS}).` },
        sabotages: {
          type: 'boolean',
          help: 'Breaks the code on purpose instead, and prints who noticed each sabotage.',
        },
        docs: { type: 'boolean', help: 'With --sabotages: writes the table into the docs.' },
        seed: { type: 'string', value: 'n', help: 'Seed of the first world (1). The same seed repeats the same run.' },
      },
      examples: [
        'npm run simulate -- --orders 100000',
        'npm run simulate -- --orders 100 --seed 42',
        'npm run simulate -- --exhaustive --depth 2 --seed 37',
      ],
    },
    async ({ orders, seed = '1', sabotages, docs, exhaustive, depth = '1', runs = String(MOST_RUNS) }, lifetime) => {
      const simulators = new Simulators(await source());
      lifetime.onEnd(async () => simulators.stop());
      if (sabotages) return reportSabotages(simulators, sabotageNames, docs);
      const first = wholeNumber('--seed', seed);
      if (!exhaustive) return simulate(simulators, wholeNumber('--orders', orders ?? String(DEFAULT_SIZE)), first);
      const world = { seed: first, size: wholeNumber('--orders', orders ?? '1') };
      await exploreAll(simulators, world, { depth: wholeNumber('--depth', depth), most: wholeNumber('--runs', runs) });
    },
  );
}

/** Runs one world with each set of faults, and shows the first that breaks an invariant. */
async function exploreAll(simulators: Simulators, world: Task, bounds: Required<Bounds>): Promise<void> {
  const started = performance.now();
  const progress = showProgress();
  const run = (task: Task) => simulators.run(task);
  const explored = await explore(
    world,
    bounds,
    run,
    (runs) => runs % RUNS_SHOWN === 0 && progress.done(`${runs} runs`),
  );
  const { schedules, possible, failing, isComplete } = explored;
  const [least] = [...failing].sort((one, other) => one.exactly.length - other.exactly.length);
  console.log(
    `${schedules} runs of ${world.size} orders, seed ${world.seed}, each with at most ${bounds.depth} of ${possible} possible ` +
      `faults${isComplete ? '' : ', not all of them'}: ${failing.length} with violations; ` +
      `${((performance.now() - started) / 1_000).toFixed(1)} s.`,
  );
  if (!least) return;
  console.log(describeFailure(await run({ ...world, exactly: least.exactly, history: true })));
  throw new Failure(`An invariant is broken after these faults: ${least.exactly.join(', ') || 'none'}.`);
}

async function simulate(simulators: Simulators, size: number, firstSeed: number): Promise<void> {
  const worlds = Math.ceil(size / SIZE_OF_WORLD);
  console.log(`Simulating ${size} orders in ${worlds} worlds, seeds ${firstSeed} to ${firstSeed + worlds - 1}.`);
  const started = performance.now();
  const tally = await simulateAll(simulators, size, firstSeed);
  report(tally, (performance.now() - started) / 1_000);
  const [seed] = tally.failing.sort((a, b) => a - b);
  if (seed === undefined) {
    if (size >= FULL_SIZE && tally.missing) throw new Failure(tally.missing);
    return;
  }
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

/** Prints after how many orders each sabotage is noticed, and by which invariant. */
async function reportSabotages(simulators: Simulators, names: readonly string[], docs = false): Promise<void> {
  const rows: (readonly [name: string, orders: number | string, violation: string])[] = [];
  const progress = showProgress();
  await Promise.all(
    names.map(async (sabotage) => {
      let violation: string | undefined;
      let orders = 0;
      for (let seed = 1; violation === undefined && seed <= SEEDS_OF_SABOTAGES; seed++) {
        const { size, violations } = await simulators.run({ seed, size: SIZE_OF_SABOTAGES, sabotage });
        [violation] = violations;
        orders += size;
      }
      rows.push([sabotage, violation ? orders : 'never', withoutIds(violation ?? '')]);
      progress.part('sabotages', rows.length, names.length);
    }),
  );
  rows.sort(([one], [other]) => names.indexOf(one) - names.indexOf(other));
  const head = ['sabotage', 'orders', 'noticed by'];
  console.log(formatTable(head, rows));
  if (docs) writeTables(DOCS, 'simulate', [{ id: 'sabotages', head, rows }]);
  if (rows.some(([, orders]) => orders === 'never')) throw new Failure('Some sabotages were not noticed.');
}

/** The sentence of an invariant, without what differs between runs. */
function withoutIds(violation: string): string {
  return violation
    .replace(/ \(correlation [^)]+\)/g, '')
    .replace(/\b(msg_)?[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    .slice(0, WIDTH);
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
