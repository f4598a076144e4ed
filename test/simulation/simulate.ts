import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { describeFailure, shrink } from './shrink';
import type { Job, Summary } from './simulate-worker';

/** Orders of one world. Small worlds shrink fast, and many seeds see more than many orders. */
const ORDERS_PER_WORLD = 100;
const DEFAULT_ORDERS = 2_000;
const WORKERS = 2;

const { orders, seed: firstSeed } = readOptions();
const worlds = Math.ceil(orders / ORDERS_PER_WORLD);
console.log(`Simulating ${orders} orders in ${worlds} worlds, seeds ${firstSeed} to ${firstSeed + worlds - 1}.`);
run().catch((error) => {
  console.error(`The simulation stopped: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});

async function run(): Promise<void> {
  const started = performance.now();
  const summaries = await Promise.all(Array.from({ length: WORKERS }, (_, index) => simulateEvery(WORKERS, index)));
  const seconds = (performance.now() - started) / 1_000;

  const sum = (read: (summary: Summary) => number) => summaries.reduce((total, summary) => total + read(summary), 0);
  const faults = new Map<string, number>();
  for (const summary of summaries) {
    for (const [kind, count] of Object.entries(summary.faults)) faults.set(kind, (faults.get(kind) ?? 0) + count);
  }
  const injected = [...faults.values()].reduce((total, count) => total + count, 0);
  console.log(`\n${'fault'.padEnd(24)}${'injected'.padStart(10)}`);
  for (const [kind, count] of [...faults].sort(([, a], [, b]) => b - a)) {
    console.log(`${kind.padEnd(24)}${String(count).padStart(10)}`);
  }
  const failing = summaries.flatMap((summary) => summary.failing).sort((a, b) => a - b);
  console.log(
    `\n${sum((one) => one.orders)} orders: ${sum((one) => one.completed)} completed, ${sum((one) => one.cancelled)} cancelled; ` +
      `${injected} faults (${Math.round((injected / orders) * 100)} per 100 orders), ` +
      `${sum((one) => one.redriven)} dead letters redriven; ${failing.length} worlds with violations; ${seconds.toFixed(1)} s.`,
  );
  const [seed] = failing;
  if (seed === undefined) return;
  console.log(`\nMaking seed ${seed} smaller …\n`);
  console.log(describeFailure(await shrink({ seed, orders: ORDERS_PER_WORLD })));
  console.log(`\nSee it again: npm run simulate -- --orders ${ORDERS_PER_WORLD} --seed ${seed}`);
  process.exitCode = 1;
}

/** One process takes every n-th world. */
function simulateEvery(step: number, offset: number): Promise<Summary> {
  const job: Job = { firstSeed, worlds, step, offset, orders, ordersPerWorld: ORDERS_PER_WORLD };
  const worker = fork(require.resolve('./simulate-worker'), { execArgv: ['--import', 'tsx'] });
  worker.send(job);
  return new Promise((resolve, reject) => {
    worker.once('message', (summary) => resolve(summary as Summary));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a worker ended with exit code ${code} and no result.`)));
  });
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
