import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { formatTable } from '../../cli/table';
import { functionOf, listMappings } from '../../deployed/mappings';
import { type Context, defineCommand } from '../command';
import { queueState } from '../dead-letters/message-queue';
import { deadLetterQueues } from '../dead-letters/queues';
import { newestValues } from '../metrics';
import { formatAge } from '../times';

/**
 * The state of the consumer of a queue or stream:
 *
 * - `ok`: its event source mapping is enabled, and the last batch did not fail
 * - `failing`: its function failed for the last batch, which is retried
 * - `disabled`: its event source mapping is disabled, or is being changed
 * - `missing`: it has no event source mapping
 */
type ConsumerState = 'ok' | 'failing' | 'disabled' | 'missing';

/** A subscription, a relay, a schedule or the bus, and its messages. */
interface Row {
  readonly name: string;
  readonly kind: 'subscription' | 'relay' | 'schedule' | 'bus';
  /** Messages; undefined for rows without a queue. */
  readonly waiting?: number;
  readonly inFlight?: number;
  readonly delayed?: number;
  /** Age in seconds of the oldest message; for a relay, of the last batch that it received. Undefined when not measured. */
  readonly oldest?: number;
  readonly dead: number;
  /** Undefined for everything that reads neither a queue nor a stream. */
  readonly state?: ConsumerState;
}

/** Reads everything about one row except the age. */
interface RowSource {
  /** The function that reads the queue or stream. */
  readonly function: string;
  /** The queue's physical name; undefined for a relay, which reads a stream. */
  readonly queueName?: string;
  readonly row: Omit<Row, 'oldest' | 'state'>;
}

export const queues = defineCommand({
  name: 'queues',
  summary: 'Shows the messages, ages, dead letters and consumers of all queues and relays.',
  details:
    'A relay reads the streams of the tables with outboxes: "oldest" is the age of its last batch, and "failing" means that no\n' +
    'later record of a stream is published until this batch succeeds. Ages come from CloudWatch, one to two minutes late.\n' +
    'Emulators do not measure the ages of queues.',
  options: {},
  examples: ['queues', 'queues --stage prod --json'],
  run: async (_, context) => {
    const { deployment, clients } = context;
    const others = deadLetterQueues(deployment).filter(({ of }) => of === 'schedule' || of === 'broker');
    const [sources, otherRows, mappings] = await Promise.all([
      readSources(context),
      Promise.all(
        others.map(async ({ name, of, url }): Promise<Row> => {
          return { name, kind: of === 'schedule' ? 'schedule' : 'bus', dead: await countAll(context, url) };
        }),
      ),
      listMappings(deployment),
    ]);
    const ages = await newestValues(clients.cloudwatch, sources.map(ageMetric), context.note);
    const rows = sources.map(({ function: name, queueName, row }, index): Row => {
      const age = ages[index];
      // Lambda measures milliseconds, SQS measures seconds.
      const oldest = age === undefined || queueName !== undefined ? age : Math.round(age / 1_000);
      return { ...row, oldest, state: stateOf(mappings.filter((mapping) => functionOf(mapping) === name)) };
    });
    const all = [...rows, ...otherRows];
    return { text: format(all), json: { queues: all } };
  },
});

/** All subscriptions, then all relays. */
async function readSources(context: Context): Promise<RowSource[]> {
  const { services, journal } = context.deployment;
  const consumers = services.flatMap(({ service, subscriptions: all }) =>
    all.map((one) => ({ ...one, name: `${service}.${one.name}` })),
  );
  const subscriptions = [...consumers, ...(journal ? [{ ...journal, name: 'journal' }] : [])].map(
    async (one): Promise<RowSource> => {
      const { name: queueName, waiting, inFlight, delayed } = await queueState(context.clients.sqs, one.queue);
      const dead = await countAll(context, one.deadLetterQueue);
      return {
        function: one.function,
        queueName,
        row: { name: one.name, kind: 'subscription', waiting, inFlight, delayed, dead },
      };
    },
  );
  const relays = services.map(async ({ service, relay }): Promise<RowSource> => {
    const dead = await countAll(context, relay.deadLetterQueue);
    return { function: relay.function, row: { name: `${service}.relay`, kind: 'relay', dead } };
  });
  return Promise.all([...subscriptions, ...relays]);
}

async function countAll({ clients }: Context, url: string): Promise<number> {
  const { waiting, inFlight } = await queueState(clients.sqs, url);
  return waiting + inFlight;
}

/** `IteratorAge` is the age of the newest record in the last batch that the relay received, also if the batch failed. */
function ageMetric({ function: name, queueName }: RowSource) {
  return queueName === undefined
    ? { namespace: 'AWS/Lambda', name: 'IteratorAge', dimension: 'FunctionName', value: name }
    : { namespace: 'AWS/SQS', name: 'ApproximateAgeOfOldestMessage', dimension: 'QueueName', value: queueName };
}

/** Lambda reports `PROBLEM: Function call failed`, the emulator `FAILED`. @param mappings several of a relay, one for each stream */
function stateOf(mappings: readonly EventSourceMappingConfiguration[]): ConsumerState {
  if (mappings.length === 0) return 'missing';
  if (mappings.some(({ State }) => State !== 'Enabled')) return 'disabled';
  const isFailing = mappings.some(({ LastProcessingResult = '' }) => /^(PROBLEM|FAILED)/.test(LastProcessingResult));
  return isFailing ? 'failing' : 'ok';
}

function format(rows: readonly Row[]): string {
  const head = ['queue', 'waiting', 'in flight', 'delayed', 'oldest', 'dead', 'consumer'];
  return formatTable(
    head,
    rows.map(({ name, waiting = '-', inFlight = '-', delayed = '-', oldest, dead, state = '-' }) => {
      const age = oldest === undefined ? '-' : formatAge(oldest * 1_000);
      return [name, waiting, inFlight, delayed, age, dead, state];
    }),
  );
}
