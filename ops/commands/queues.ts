import { type AgeOf, oldestMessages } from '../ages';
import { defineCommand } from '../command';
import { queueState } from '../dead-letters/message-queue';
import { deadLetterQueues } from '../dead-letters/queues';
import { columns } from '../text';
import { formatAge } from '../times';

/** A subscription, a relay, a schedule or the bus, and the messages that it has. */
interface Row {
  readonly name: string;
  readonly kind: 'subscription' | 'relay' | 'schedule' | 'bus';
  /** Absent for what has no queue but its dead letters. */
  readonly waiting?: number;
  readonly inFlight?: number;
  readonly delayed?: number;
  /** Seconds; absent where nothing measures it. */
  readonly oldest?: number;
  readonly dead: number;
}

export const queues = defineCommand({
  name: 'queues',
  summary: 'What waits in every queue, how old it is, and how much of it is dead.',
  details: 'The age of the oldest message comes from CloudWatch, a minute late; emulators do not measure it.',
  options: {},
  examples: ['queues', 'queues --stage prod --json'],
  run: async (_, { deployment, clients, note }) => {
    const { broker, services, endpoint } = deployment;
    const state = (url: string) => queueState(clients.sqs, url);
    const deadOf = async (url: string) => {
      const { waiting, inFlight } = await state(url);
      return waiting + inFlight;
    };
    const ages: AgeOf = async (names) =>
      endpoint === undefined ? oldestMessages(clients.cloudwatch, names, note) : new Map();

    const subscriptions = services.flatMap(({ service, subscriptions: all }) =>
      all.map((one) => ({ service, ...one })),
    );
    const [work, others, bus] = await Promise.all([
      Promise.all(
        subscriptions.map(async ({ service, name, queue, deadLetterQueue }) => {
          const [{ name: physicalName, waiting, inFlight, delayed }, dead] = await Promise.all([
            state(queue),
            deadOf(deadLetterQueue),
          ]);
          return {
            physicalName,
            name: `${service}.${name}`,
            kind: 'subscription' as const,
            waiting,
            inFlight,
            delayed,
            dead,
          };
        }),
      ),
      Promise.all(
        deadLetterQueues(deployment)
          .filter(({ of }) => of === 'relay' || of === 'schedule')
          .map(
            async ({ name, of, url }): Promise<Row> => ({
              name,
              kind: of as 'relay' | 'schedule',
              dead: await deadOf(url),
            }),
          ),
      ),
      deadOf(broker.deadLetterQueue),
    ]);
    const oldest = await ages(work.map(({ physicalName }) => physicalName));
    const rows: Row[] = [
      ...work.map(({ physicalName, ...row }) => ({ ...row, oldest: oldest.get(physicalName) })),
      ...others,
      { name: 'broker', kind: 'bus', dead: bus },
    ];
    return { text: table(rows), json: { queues: rows } };
  },
});

function table(rows: readonly Row[]): string {
  const head = ['queue', 'waiting', 'in flight', 'delayed', 'oldest', 'dead'];
  return columns(
    head,
    rows.map(({ name, kind, waiting = '-', inFlight = '-', delayed = '-', oldest, dead }) => {
      const age = oldest === undefined ? 'n/a' : formatAge(oldest * 1_000);
      return [name, waiting, inFlight, delayed, kind === 'subscription' ? age : '-', dead];
    }),
  );
}
