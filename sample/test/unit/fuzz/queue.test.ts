import fc from 'fast-check';
import { OrderCreated, OrderPlaced } from '../../../../contracts';
import { handler as reserveStock } from '../../../../lambdas/inventory/reserve-stock';
import { HandlerWorld } from '../../../../test/support/handler-world';
import { hostileText, inputs } from './inputs';

const text = fc.oneof(hostileText, fc.constantFrom('orders', 'OrderCreated', '2026-01-01T00:00:00.000Z'));

/** Messages that resemble events. */
const almostEvent = fc.record(
  {
    source: fc.oneof(fc.constant('orders'), text, fc.anything()),
    'detail-type': fc.oneof(fc.constantFrom(OrderCreated.name, OrderPlaced.name), text, fc.anything()),
    detail: fc.oneof(
      fc.record(
        {
          metadata: fc.record(
            {
              id: text,
              version: fc.oneof(fc.constant(1), fc.integer(), fc.double(), fc.anything()),
              correlationId: text,
              causationId: text,
              occurredAt: fc.oneof(fc.constant('2026-01-01T00:00:00.000Z'), text),
              traceparent: text,
            },
            { requiredKeys: [] },
          ),
          data: fc.anything(),
        },
        { requiredKeys: [] },
      ),
      fc.anything(),
    ),
  },
  { requiredKeys: [] },
);
const message = fc.oneof(almostEvent.map(toJson), fc.json(), hostileText);

test('parks every message that is not a valid event with its reason, and stores nothing', async () => {
  const tried = fc.asyncProperty(message, async (body) => {
    const world = new HandlerWorld();
    await world.receive(reserveStock, body, { expect: 'parked' });
    const [parked] = world.parked;
    return world.parked.length === 1 && Boolean(parked?.reason) && world.store.items('records').length === 0;
  });
  await fc.assert(tried, inputs());
});

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return '{}';
  }
}
