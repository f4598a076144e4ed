import type { CallbackType } from '../../../../contracts/callbacks';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import type { WebhookResult } from '../../../../lambdas/runtime/webhooks/webhook';
import {
  type Answer,
  CallbackWorld,
  cancelled,
  completed,
  confirmed,
  delayed,
  placed,
  placedWithout,
} from './callback-world';

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
  /** What is taken and told of only if it was sent before more was known. */
  readonly outdated?: string;
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
    name: 'an order whose payment is delayed',
    events: [placed, delayed, confirmed, completed],
    taken: ['order.completed', 'order.confirmed'],
    told: ['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 1'],
    outdated: 'order.payment-delayed',
  },
  {
    name: 'an order whose payment is delayed until it is cancelled, each event twice',
    events: [placed, placed, delayed, delayed, cancelled, cancelled],
    taken: ['order.cancelled'],
    told: ['CallbackDelivered order.cancelled 1'],
    outdated: 'order.payment-delayed',
  },
  {
    name: 'an order whose payment is delayed, which can be told at the second attempt only',
    events: [placed, delayed, cancelled],
    answer: (type, attempt) => (type === 'order.payment-delayed' && attempt === 1 ? failed : delivered),
    taken: ['order.cancelled'],
    told: ['CallbackDelivered order.cancelled 1'],
    outdated: 'order.payment-delayed',
    overtakes: true,
  },
  {
    name: 'an order whose receiver is gone',
    events: [placed, confirmed, completed],
    answer: () => ({ kind: 'gone' }),
    taken: [],
    told: [],
  },
  {
    name: 'an order whose payment is delayed and whose receiver is gone',
    events: [placed, delayed, confirmed, completed],
    answer: () => ({ kind: 'gone' }),
    taken: [],
    told: [],
    outdated: 'order.payment-delayed',
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
      // Copies of one event are not told apart: which of them comes first makes no difference.
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

/** Nothing was sent that was outdated by then; what was taken is told of, and what was never sent is not. */
function expectInTime({ happened, told, state, types }: CallbackWorld, outdated: string): void {
  const known = happened.findIndex((name) => ['OrderConfirmed', 'OrderCancelled', 'OrderCompleted'].includes(name));
  expect(happened.lastIndexOf(outdated)).toBeLessThan(known === -1 ? 0 : known);
  const status = state?.byType[outdated as CallbackType]?.status;
  expect(told.filter((one) => one.includes(outdated))).toHaveLength(status === 'delivered' ? 1 : 0);
  if (status === 'delivered') expect(types).toContain(outdated);
}

describe('callbacks converge, whatever the order of arrival', () => {
  it.each(scenarios)('of $name', async (scenario) => {
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
        // Who of them finds out depends on the order, but all are reported, and the receiver is called once.
        expect(attempts).toBe(1);
        const told = world.told.filter((one) => !one.includes(outdated));
        expect(told.map((one) => one.replace(/ [01] /, ' n ')).sort()).toEqual([
          'CallbackFailed order.completed n gone',
          'CallbackFailed order.confirmed n gone',
        ]);
        continue;
      }
      expect(world.told.filter((one) => !one.includes(outdated)).sort()).toEqual(scenario.told);
      expect([...new Set(world.types)].filter((type) => type !== outdated).sort()).toEqual(scenario.taken);
      expectInTime(world, outdated);
      const waited = world.now.getTime() - Date.parse('2026-01-01T00:00:00Z') >= PATIENCE;
      if (!scenario.overtakes && !waited) expect([...world.types].sort().reverse()).toEqual(world.types);
    }
    console.log(`${scenario.name}: ${orders} orders of arrival, all converge`);
  });
});
