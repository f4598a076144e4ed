import { type Chart, linesOverTime } from '../../bench/chart';
import type { Effort, Report } from '../../bench/report';
import { percentile } from '../../cli/percentile';
import { showProgress } from '../../cli/progress';
import type { SystemParts } from '../../test/simulation/system';
import { type SimulatedRun, sampleParts, simulateOrders } from './simulated-run';

const ORDERS = 5_000;
/** Within this time, all orders of the burst are placed. */
const BURST_MS = 5_000;
const IDLE_ORDERS = 100;
const IDLE_PAUSE_MS = 5_000;
const QUEUES_SHOWN = 4;

/** Places many orders at once in the simulation. @param effort its size is the number of orders */
export async function measurePeak({ size = ORDERS }: Pick<Effort, 'size'>): Promise<Report> {
  const progress = showProgress();
  const parts = await sampleParts();
  const idle = await simulateOrders({ parts, arrivals: every(IDLE_PAUSE_MS, IDLE_ORDERS) });
  progress.done(`Placed ${IDLE_ORDERS} orders, one every ${IDLE_PAUSE_MS / 1_000} s`);
  const burst = await simulateOrders({ parts, arrivals: every(BURST_MS / size, size) });
  progress.done(`Placed ${size} orders within ${BURST_MS / 1_000} s`);
  const caps = capsOf(parts);
  const queues = queueRows(burst, caps);
  const rows = [toAcceptance('idle', idle), toAcceptance('burst', burst)];
  const drained = burst.samples.at(-1)?.second ?? Number.NaN;
  return {
    tables: [
      {
        id: 'acceptance',
        title: 'Acceptance: milliseconds until 202, of warm instances',
        head: ['', 'orders', 'p50', 'p99', 'p99 ratio', 'cold starts (%)', 'at one time', 'completed', 'dead letters'],
        rows: rows.map((row) => [
          row.name,
          row.orders,
          row.p50.toFixed(1),
          row.p99.toFixed(1),
          (row.p99 / (rows[0]?.p99 ?? Number.NaN)).toFixed(2),
          (row.cold * 100).toFixed(1),
          row.requests,
          row.completed,
          row.deadLetters,
        ]),
      },
      {
        id: 'queues',
        title: `The last order was completed ${drained} s after the first request`,
        head: ['queue', 'most waiting', 'most batches at one time', 'cap'],
        rows: queues.map(({ name, waiting, running, cap }) => [name, waiting, running, cap]),
      },
    ],
    data: { burstMilliseconds: BURST_MS, drained, acceptance: rows, queues },
    charts: { peak: chartOf(burst, queues) },
  };
}

function every(milliseconds: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => index * milliseconds);
}

function toAcceptance(name: string, { latencies, requests, outcomes, deadLetters }: SimulatedRun) {
  const warm = latencies.filter(({ cold }) => !cold).map(({ milliseconds }) => milliseconds);
  return {
    name,
    orders: latencies.length,
    p50: percentile(warm, 0.5),
    p99: percentile(warm, 0.99),
    cold: 1 - warm.length / latencies.length,
    requests,
    completed: outcomes.completed ?? 0,
    deadLetters,
  };
}

function capsOf({ manifests }: SystemParts): Map<string, number> {
  return new Map(
    manifests.flatMap(({ service, subscriptions }) =>
      subscriptions.map(({ name, settings }) => [`${service}.${name}`, settings.maxConcurrency] as const),
    ),
  );
}

function queueRows({ samples }: SimulatedRun, caps: ReadonlyMap<string, number>) {
  const most = (name: string, kind: 'waiting' | 'running') => Math.max(...samples.map((one) => one[kind][name] ?? 0));
  return [...caps]
    .map(([name, cap]) => ({ name, waiting: most(name, 'waiting'), running: most(name, 'running'), cap }))
    .filter(({ running }) => running > 0)
    .sort((one, other) => other.waiting - one.waiting);
}

function chartOf({ samples }: SimulatedRun, queues: ReturnType<typeof queueRows>): Chart {
  const busiest = queues.slice(0, QUEUES_SHOWN);
  const [first] = busiest;
  const line = (name: string, values: readonly number[]) => ({ name, values });
  return linesOverTime(
    `${samples.at(-1)?.accepted.toLocaleString('en')} orders within ${BURST_MS / 1_000} s`,
    samples.map(({ second }) => second),
    [
      {
        unit: 'orders',
        lines: [
          line(
            'accepted',
            samples.map(({ accepted }) => accepted),
          ),
          line(
            'completed',
            samples.map(({ completed }) => completed),
          ),
        ],
      },
      {
        unit: 'messages that wait',
        lines: busiest.map(({ name }) =>
          line(
            name,
            samples.map(({ waiting }) => waiting[name] ?? 0),
          ),
        ),
      },
      {
        unit: `batches of ${first?.name} at one time`,
        lines: [
          line(
            'running',
            samples.map(({ running }) => running[first?.name ?? ''] ?? 0),
          ),
          {
            ...line(
              'cap',
              samples.map(() => first?.cap ?? 0),
            ),
            dashed: true,
          },
        ],
      },
    ],
  );
}
