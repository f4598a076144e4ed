import type { OutgoingEvent } from '../../../lambdas/runtime/envelope';
import type { WebhookResult } from '../../../lambdas/runtime/webhook';
import { type Answer, CallbackWorld, cancelled, completed, confirmed, placed, placedWithout } from './callback-world';

const delivered: WebhookResult = { kind: 'delivered' };
const failed: WebhookResult = { kind: 'failed', problem: 'HTTP 500' };
const PATIENCE = 60_000;

interface Scenario {
  readonly name: string;
  readonly events: readonly OutgoingEvent[];
  readonly answer?: Answer;
  /** What the receiver has taken in the end, whatever the order; each of them once. */
  readonly taken: readonly string[];
  /** What others are told in the end, whatever the order. */
  readonly told: readonly string[];
  /** Whether something may be sent before what occurred earlier, without having waited for it. */
  readonly overtakes?: boolean;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'an order that is completed',
    events: [placed, confirmed, completed],
    taken: ['order.completed', 'order.confirmed'],
    told: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 1'],
  },
  {
    name: 'an order that is completed, each event twice',
    events: [placed, placed, confirmed, confirmed, completed],
    taken: ['order.completed', 'order.confirmed'],
    told: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 1'],
  },
  {
    name: 'an order whose first callback fails once',
    events: [placed, confirmed, completed],
    answer: (type, attempt) => (type === 'order.confirmed' && attempt === 1 ? failed : delivered),
    taken: ['order.completed', 'order.confirmed'],
    told: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 2'],
    overtakes: true,
  },
  {
    name: 'an order that is cancelled, each event twice',
    events: [placed, placed, cancelled, cancelled],
    taken: ['order.cancelled'],
    told: ['CallbackDelivered order.cancelled 1'],
  },
  {
    name: 'an order whose receiver is gone',
    events: [placed, confirmed, completed],
    answer: () => ({ kind: 'gone' }),
    taken: [],
    told: [],
  },
  { name: 'an order without callbacks', events: [placedWithout, confirmed, completed, completed], taken: [], told: [] },
];

/** Events, and reminders as they come about, in every order; each reminder also a second time, under another id. */
async function* everyOrder({ events, answer }: Scenario): AsyncGenerator<CallbackWorld> {
  // Each element says which of the messages that could come next did come.
  let path: { chosen: number; of: number }[] = [];
  do {
    const world = new CallbackWorld(answer);
    const pending = [...events];
    const seen = new Set<string>();
    for (let step = 0; pending.length > 0; step++) {
      path[step] ??= { chosen: 0, of: pending.length };
      const [event] = pending.splice(path[step]?.chosen ?? 0, 1);
      if (event) await world.take(event);
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

describe('callbacks converge, whatever the order of arrival', () => {
  it.each(scenarios)('of $name', async (scenario) => {
    let orders = 0;
    for await (const world of everyOrder(scenario)) {
      orders++;
      const attempts = world.sent.length;
      const open = Object.values(world.state?.deliveries ?? {}).filter(
        ({ status }) => !/delivered|failed/.test(status),
      );
      expect(open).toEqual([]);
      if (scenario.name.includes('gone')) {
        // Who of the two finds out depends on the order, but both are reported, and the receiver is called once.
        expect(attempts).toBe(1);
        expect(world.told.map((one) => one.replace(/ [01] /, ' n ')).sort()).toEqual([
          'CallbackFailed order.completed n gone',
          'CallbackFailed order.confirmed n gone',
        ]);
        continue;
      }
      expect([...world.told].sort()).toEqual(scenario.told);
      expect([...new Set(world.types)].sort()).toEqual(scenario.taken);
      const waited = world.now.getTime() - Date.parse('2026-01-01T00:00:00Z') >= PATIENCE;
      if (!scenario.overtakes && !waited) expect([...world.types].sort().reverse()).toEqual(world.types);
    }
    console.log(`${scenario.name}: ${orders} orders of arrival, all converge`);
  });
});
