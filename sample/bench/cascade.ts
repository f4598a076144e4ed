import { type ChainResult, type Link, runChain } from '../../bench/chain';
import { type Chart, linesOverTime } from '../../bench/chart';
import { INVOCATION_MS, latencies, MESSAGE_MS, OUTSIDE_CALL_MS } from '../../bench/latency';
import type { Effort, Report } from '../../bench/report';
import { percentile } from '../../cli/percentile';
import { showProgress } from '../../cli/progress';
import { isDuring, type SimulatedRun, sampleParts, simulateOrders, type Trouble } from './simulated-run';

const PER_SECOND = 10;
const SECONDS = 150;
const SERVICE = 'shipping';
const FROM = 30_000;
const TO = 90_000;
/** Seconds over which the chart averages. */
const AVERAGED = 5;
/** Longer than a caller waits. */
const SLOWER_MS = 5_000;
/** What an engineer would set: a caller waits 3 s and tries twice, and a service processes 50 requests at one time. */
const CHAIN = { concurrency: 50, timeout: 3_000, attempts: 2 } as const;

const ACCESS_MS = INVOCATION_MS + MESSAGE_MS + (latencies.GetItem ?? 0) + (latencies.TransactWriteItems ?? 0);
/** The services of an order as a chain of calls. Each reads and writes once, and payments asks the bank. */
const links: readonly Link[] = [
  { service: 'checkout', work: ACCESS_MS },
  { service: 'orders', work: ACCESS_MS },
  { service: 'inventory', work: ACCESS_MS },
  { service: 'payments', work: ACCESS_MS + OUTSIDE_CALL_MS },
  { service: SERVICE, work: ACCESS_MS },
];

const troubles: Readonly<Record<string, Trouble>> = {
  'one slow service': { service: SERVICE, from: FROM, to: TO, slower: SLOWER_MS },
  'one dead service': { service: SERVICE, from: FROM, to: TO },
};

/** Compares the broker with a chain of calls while one service is slow or dead for a minute. @param effort its size is orders per second */
export async function measureCascade({ size = PER_SECOND }: Pick<Effort, 'size'>): Promise<Report> {
  const progress = showProgress();
  const parts = await sampleParts();
  const arrivals = Array.from({ length: SECONDS * size }, (_, index) => (index * 1_000) / size);
  const rows = [];
  const charts: Record<string, Chart> = {};
  for (const [name, trouble] of Object.entries(troubles)) {
    const delay = trouble.slower ?? Number.POSITIVE_INFINITY;
    const slower = (service: string, at: number) => (service === trouble.service && isDuring(trouble, at) ? delay : 0);
    const chain = await runChain({ ...CHAIN, links, arrivals, slower });
    const broker = await simulateOrders({ parts, arrivals, trouble });
    progress.done(`Simulated ${name}`);
    rows.push(chainRow(name, chain), brokerRow(name, broker, arrivals.length));
    charts[`cascade-${trouble.slower === undefined ? 'dead' : 'slow'}`] = chartOf(name, chain, broker, size);
  }
  return {
    tables: [
      {
        id: 'variants',
        title: `${size} orders per second; ${SERVICE} has trouble from ${FROM / 1_000} to ${TO / 1_000} s`,
        head: [
          '',
          '',
          'accepted (%)',
          'in trouble (%)',
          'p50 of answer (ms)',
          'p99 (ms)',
          'completed (%)',
          'all completed at (s)',
        ],
        rows: rows.map((row) => [
          row.trouble,
          row.name,
          (row.accepted * 100).toFixed(1),
          (row.acceptedInTrouble * 100).toFixed(1),
          row.p50.toFixed(0),
          row.p99.toFixed(0),
          (row.completed * 100).toFixed(1),
          row.lastAt.toFixed(0),
        ]),
      },
    ],
    data: { perSecond: size, chain: CHAIN, trouble: { service: SERVICE, from: FROM, to: TO, slower: SLOWER_MS }, rows },
    charts,
  };
}

function chainRow(trouble: string, { requests, most }: ChainResult) {
  const durations = requests.map(({ arrivedAt, endedAt }) => endedAt - arrivedAt);
  const succeeded = requests.filter((one) => one.succeeded);
  const during = requests.filter(({ arrivedAt }) => isDuring({ from: FROM, to: TO }, arrivedAt));
  const accepted = succeeded.length / requests.length;
  return {
    trouble,
    name: 'chain of calls',
    accepted,
    acceptedInTrouble: during.filter((one) => one.succeeded).length / during.length,
    p50: percentile(durations, 0.5),
    p99: percentile(durations, 0.99),
    completed: accepted,
    lastAt: Math.max(...succeeded.map(({ endedAt }) => endedAt)) / 1_000,
    most: Object.fromEntries(most),
  };
}

function brokerRow(
  trouble: string,
  { latencies: answers, samples, outcomes, deadLetters }: SimulatedRun,
  placed: number,
) {
  const durations = answers.map(({ milliseconds }) => milliseconds);
  return {
    trouble,
    name: 'broker',
    accepted: answers.length / placed,
    acceptedInTrouble: answers.length / placed,
    p50: percentile(durations, 0.5),
    p99: percentile(durations, 0.99),
    completed: (outcomes.completed ?? 0) / placed,
    lastAt: samples.at(-1)?.second ?? Number.NaN,
    deadLetters,
  };
}

function chartOf(name: string, { requests }: ChainResult, { samples }: SimulatedRun, perSecond: number): Chart {
  const last = samples.at(-1)?.second ?? 0;
  const seconds = Array.from({ length: Math.ceil(last / AVERAGED) + 1 }, (_, index) => index * AVERAGED);
  const ended = (succeeded: boolean) => (until: number) =>
    requests.filter((one) => one.succeeded === succeeded && one.endedAt < until * 1_000).length;
  const seen = (kind: 'accepted' | 'completed') => (until: number) =>
    samples.findLast(({ second }) => second <= until)?.[kind] ?? 0;
  const perSecondUntil = (count: (until: number) => number) =>
    seconds.map((second) => (count(second) - count(second - AVERAGED)) / AVERAGED);
  return linesOverTime(
    `${name.replace('one', 'One')} for a minute (${FROM / 1_000} to ${TO / 1_000} s), ${perSecond} orders per second`,
    seconds,
    [
      {
        unit: 'chain of calls: orders per second',
        lines: [
          { name: 'succeeded', values: perSecondUntil(ended(true)) },
          { name: 'failed', values: perSecondUntil(ended(false)) },
        ],
      },
      {
        unit: 'broker: orders per second',
        lines: [
          { name: 'accepted', values: perSecondUntil(seen('accepted')) },
          { name: 'completed', values: perSecondUntil(seen('completed')) },
        ],
      },
    ],
  );
}
