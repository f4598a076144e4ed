import type { Effort, Report } from '../../bench/report';
import { percentile } from '../../cli/percentile';
import type { Deployment } from '../../deployed/discover';
import { functionOf, listMappings } from '../../deployed/mappings';
import type { InvocationUse, Use } from '../../local/emulator/usage';
import { simulate } from '../bank-client';
import { type Placed, withRecordedCloud } from './recorded-run';

const ORDERS = 300;
/** Orders that are placed one after the other: for acceptance without waiting for their ends, for completion when the one before has ended. */
const IDLE_ORDERS = 10;
/** The bank's, from a charge to its outcome. */
const BANK_SECONDS = 1;
const AT_ONCE = 25;

/** Places many orders at once on the local cloud. @param effort its size is the number of orders */
export async function measurePeakLocally({ size = ORDERS }: Pick<Effort, 'size'>): Promise<Report> {
  const { idle, alone, burst, caps } = await withRecordedCloud(async ({ cloud, place, complete, progress }) => {
    await simulate(cloud, { delaySeconds: BANK_SECONDS });
    // The first requests start processes.
    await place(AT_ONCE, { atOnce: AT_ONCE });
    const calm = await place(IDLE_ORDERS, { atOnce: 1 });
    const alone: number[] = [];
    for (let order = 0; order < IDLE_ORDERS; order++) alone.push(await complete(order));
    progress.done(`Placed ${IDLE_ORDERS} orders one by one`);
    return { idle: calm, alone, burst: await place(size, { atOnce: AT_ONCE }), caps: await capsOf(cloud) };
  });
  const acceptance = [toAcceptance('one by one', idle), toAcceptance(`${AT_ONCE} at one time`, burst)];
  const completion = [toCompletion('one alone', alone), toCompletion(`${size} at once`, burst.completions)];
  const concurrency = mostAtOnce(burst.uses, caps);
  return {
    tables: [
      {
        id: 'acceptance',
        title: 'Acceptance on the local cloud: milliseconds until 202',
        head: ['requests', 'orders', 'p50', 'p99', 'all accepted after (s)', 'no work left after (s)'],
        rows: acceptance.map((row) => [
          row.name,
          row.orders,
          row.p50.toFixed(0),
          row.p99.toFixed(0),
          row.acceptedAfter.toFixed(1),
          row.idleAfter.toFixed(1),
        ]),
      },
      {
        id: 'completion',
        title: `Completion on the local cloud, whose bank answers after ${BANK_SECONDS} s: seconds from the request`,
        head: ['', 'orders', 'p50', 'p99', 'p50 without the bank'],
        rows: completion.map((row) => [
          row.name,
          row.orders,
          row.p50.toFixed(2),
          row.p99.toFixed(2),
          (row.p50 - BANK_SECONDS).toFixed(2),
        ]),
      },
      {
        id: 'batches',
        title: 'Batches at one time',
        head: ['function', 'most', 'cap'],
        rows: concurrency.map(({ name, most, cap }) => [name, most, cap]),
      },
    ],
    data: { acceptance, completion, concurrency },
  };
}

function toAcceptance(name: string, { answers, acceptedAfter, idleAfter }: Placed) {
  return {
    name,
    orders: answers.length,
    p50: percentile(answers, 0.5),
    p99: percentile(answers, 0.99),
    acceptedAfter: acceptedAfter / 1_000,
    idleAfter: idleAfter / 1_000,
  };
}

function toCompletion(name: string, milliseconds: readonly number[]) {
  const seconds = milliseconds.map((one) => one / 1_000);
  return { name, orders: seconds.length, p50: percentile(seconds, 0.5), p99: percentile(seconds, 0.99) };
}

/** The cap of each subscription, as its mapping has it. */
async function capsOf(deployment: Deployment): Promise<Map<string, number>> {
  const mappings = await listMappings(deployment);
  return new Map(
    deployment.services.flatMap(({ service, subscriptions }) =>
      subscriptions.flatMap((one) => {
        const cap = mappings.find((mapping) => functionOf(mapping) === one.function)?.ScalingConfig?.MaximumConcurrency;
        return cap === undefined ? [] : [[`${service}.${one.name}`, cap] as const];
      }),
    ),
  );
}

function mostAtOnce(uses: readonly Use[], caps: ReadonlyMap<string, number>) {
  const batches = uses.filter((use): use is InvocationUse => use.kind === 'invocation' && use.source === 'aws:sqs');
  return [...caps].flatMap(([name, cap]) => {
    const own = batches.filter((batch) => batch.function === name);
    const overlapping = own.map(
      ({ startedAt }) =>
        own.filter((other) => other.startedAt <= startedAt && startedAt < other.startedAt + other.milliseconds).length,
    );
    return own.length === 0 ? [] : [{ name, most: Math.max(...overlapping), cap }];
  });
}
