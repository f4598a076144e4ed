import type { CallbackType } from '../../../../contracts/callbacks';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import type { WebhookResult } from '../../../../lambdas/runtime/webhooks/webhook';
import { type Answer, CallbackWorld, cancelled, completed, confirmed, delayed, requested } from './callback-world';

const delivered: WebhookResult = { kind: 'delivered' };
const failed: WebhookResult = { kind: 'failed', problem: 'HTTP 500' };
const PATIENCE = 60_000;

interface Scenario {
  readonly name: string;
  readonly events: readonly OutgoingEvent[];
  readonly answer?: Answer;
  /** The types that the receiver has received in the end, each once. */
  readonly received: readonly string[];
  /** The published events in the end. */
  readonly results: readonly string[];
  /** A type that is sent only if no later event has arrived. */
  readonly outdated?: string;
  /** Whether a callback can be sent before that of an earlier event without waiting for it. @default false */
  readonly overtakes?: boolean;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'an order that is completed',
    events: [confirmed, completed],
    received: ['order.completed', 'order.confirmed'],
    results: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 1'],
  },
  {
    name: 'an order that is completed, each event twice',
    events: [confirmed, confirmed, completed, completed],
    received: ['order.completed', 'order.confirmed'],
    results: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 1'],
  },
  {
    name: 'an order whose first callback fails once',
    events: [confirmed, completed],
    answer: (type, attempt) => (type === 'order.confirmed' && attempt === 1 ? failed : delivered),
    received: ['order.completed', 'order.confirmed'],
    results: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 2'],
    overtakes: true,
  },
  {
    name: 'an order that is cancelled, each event twice',
    events: [cancelled, cancelled],
    received: ['order.cancelled'],
    results: ['CallbackDelivered order.cancelled 1'],
  },
  {
    name: 'an order whose payment is delayed',
    events: [delayed, confirmed, completed],
    received: ['order.completed', 'order.confirmed'],
    results: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 1'],
    outdated: 'order.payment-delayed',
  },
  ...orders([1, 2, 3]).map((minutes) => ({
    name: `an order whose events have the minutes ${minutes}, because clocks differ`,
    events: (['order.payment-delayed', 'order.confirmed', 'order.completed'] as const).map((type, index) =>
      requested(type, `2026-01-01T00:0${minutes[index]}:00.000Z`),
    ),
    received: ['order.completed', 'order.confirmed'],
    results: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 1'],
    outdated: 'order.payment-delayed',
  })),
  {
    name: 'an order whose payment is delayed until it is cancelled, each event twice',
    events: [delayed, delayed, cancelled, cancelled],
    received: ['order.cancelled'],
    results: ['CallbackDelivered order.cancelled 1'],
    outdated: 'order.payment-delayed',
  },
  {
    name: 'an order whose payment is delayed and whose first callback fails once',
    events: [delayed, cancelled],
    answer: (type, attempt) => (type === 'order.payment-delayed' && attempt === 1 ? failed : delivered),
    received: ['order.cancelled'],
    results: ['CallbackDelivered order.cancelled 1'],
    outdated: 'order.payment-delayed',
    overtakes: true,
  },
  {
    name: 'an order whose receiver is gone',
    events: [confirmed, completed],
    answer: () => ({ kind: 'gone' }),
    received: [],
    results: [],
  },
  {
    name: 'an order whose payment is delayed and whose receiver is gone',
    events: [delayed, confirmed, completed],
    answer: () => ({ kind: 'gone' }),
    received: [],
    results: [],
    outdated: 'order.payment-delayed',
  },
];

/** Returns the values in every order. */
function orders(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((first) => orders(values.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}

/** Delivers the events, and the reminders that follow, in every order. Then repeats each reminder with another id. */
async function* everyOrder({ events, answer }: Scenario): AsyncGenerator<CallbackWorld> {
  // Each element: the index of the delivered message, among those that could be next.
  let path: { chosen: number; of: number }[] = [];
  do {
    const world = new CallbackWorld(answer);
    const pending = [...events];
    const seen = new Set<string>();
    for (let step = 0; pending.length > 0; step++) {
      // The order of copies of one event makes no difference.
      const next = [...new Set(pending)];
      path[step] ??= { chosen: 0, of: next.length };
      const event = next[path[step]?.chosen ?? 0];
      if (event === undefined) throw new Error('There is nothing at the end of this path.');
      pending.splice(pending.indexOf(event), 1);
      await world.take(event);
      for (const reminder of world.reminders()) {
        if (seen.has(reminder.detail.metadata.id)) continue;
        seen.add(reminder.detail.metadata.id);
        pending.push(reminder);
      }
    }
    for (const reminder of world.reminders()) await world.take(again(reminder));
    yield world;
    while (path.length > 0 && (path.at(-1)?.chosen ?? 0) + 1 >= (path.at(-1)?.of ?? 0)) path = path.slice(0, -1);
    const last = path.at(-1);
    if (last) path = [...path.slice(0, -1), { ...last, chosen: last.chosen + 1 }];
  } while (path.length > 0);
}

function again(reminder: OutgoingEvent): OutgoingEvent {
  const { metadata } = reminder.detail;
  return { ...reminder, detail: { ...reminder.detail, metadata: { ...metadata, id: `${metadata.id}-again` } } };
}

/** Expects that nothing outdated was sent, and that a result was published exactly if it was delivered. */
function expectInTime({ happened, results, state, types }: CallbackWorld, outdated: string): void {
  const known = happened.findIndex((what) => /^requested order\.(confirmed|cancelled|completed)$/.test(what));
  expect(happened.lastIndexOf(outdated)).toBeLessThan(known === -1 ? 0 : known);
  const status = state?.byType[outdated as CallbackType]?.status;
  expect(results.filter((one) => one.includes(outdated))).toHaveLength(status === 'delivered' ? 1 : 0);
  if (status === 'delivered') expect(types).toContain(outdated);
}

describe('callbacks', () => {
  it.each(scenarios)('end the same in every order of arrival: $name', async (scenario) => {
    let orders = 0;
    for await (const world of everyOrder(scenario)) {
      orders++;
      const { outdated = 'nothing' } = scenario;
      const attempts = world.sent.length;
      const open = Object.values(world.state?.byType ?? {}).filter(
        ({ status }) => !/delivered|failed|outdated/.test(status),
      );
      expect(open).toEqual([]);
      if (scenario.name.includes('gone')) {
        // The first callback that is sent depends on the order. The receiver is called once, and all callbacks fail.
        expect(attempts).toBe(1);
        const results = world.results.filter((one) => !one.includes(outdated));
        expect(results.map((one) => one.replace(/ [01] /, ' n ')).sort()).toEqual([
          'CallbackFailed order.completed n gone',
          'CallbackFailed order.confirmed n gone',
        ]);
        continue;
      }
      expect(world.results.filter((one) => !one.includes(outdated)).sort()).toEqual(scenario.results);
      expect([...new Set(world.types)].filter((type) => type !== outdated).sort()).toEqual(scenario.received);
      expectInTime(world, outdated);
      const waited = world.now.getTime() - Date.parse('2026-01-01T00:00:00Z') >= PATIENCE;
      if (!scenario.overtakes && !waited) expect([...world.types].sort().reverse()).toEqual(world.types);
    }
    console.log(`${scenario.name}: ${orders} orders of arrival, all converge`);
  });
});
