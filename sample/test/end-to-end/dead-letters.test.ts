import { randomUUID } from 'node:crypto';
import { peek } from '../../../deployed/queues';
import { placeOrder } from '../../order-client';
import { type Deployed, describeDeployed, expectInvariants, until, untilOver } from './deployed';
import { envelope, orderCreated, send, subscriptionOf } from './messages';
import { CONSUMER, operatorOf } from './operator';

const poison: readonly { name: string; body: string; reason: string }[] = [
  { name: 'no JSON', body: `not JSON ${randomUUID()}`, reason: 'not-json' },
  { name: 'JSON, but no event', body: JSON.stringify({ hello: randomUUID() }), reason: 'not-an-event' },
  { name: 'of an unknown contract', body: envelope(orderCreated({ name: 'OrderEaten' })), reason: 'unknown-contract' },
  { name: 'from another service', body: envelope(orderCreated({ source: 'mallory' })), reason: 'unknown-contract' },
  { name: 'of an unknown version', body: envelope(orderCreated({}, {}, 99)), reason: 'unknown-version' },
  { name: 'against its contract', body: envelope(orderCreated({}, { orderId: 'order-1' })), reason: 'broken-contract' },
];

describeDeployed('a message that can never be processed', (deployed) => {
  const { purge } = operatorOf(deployed);

  afterAll(async () => {
    await purge();
    await expectInvariants(deployed());
  });

  it.each(poison)('is parked with the reason when it is $name', async ({ body, reason }) => {
    const { queue } = subscriptionOf(deployed(), CONSUMER);
    await send(deployed(), queue, [body]);
    const parked = await deadLetter(deployed(), CONSUMER, body);

    const attributes = Object.fromEntries(
      Object.entries(parked.MessageAttributes ?? {}).map(([name, value]) => [name, value.StringValue]),
    );
    expect(attributes).toMatchObject({ reason, error: expect.any(String), consumer: CONSUMER });
    expect(Date.parse(attributes.parkedAt ?? '')).not.toBeNaN();
  });

  it('does not block other messages', async () => {
    const { queue } = subscriptionOf(deployed(), CONSUMER);
    const bodies = Array.from({ length: 9 }, () => `not JSON ${randomUUID()}`);
    await send(deployed(), queue, bodies);
    const order = { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] };
    const orderId = await placeOrder(deployed().url, order, randomUUID());
    await send(deployed(), queue, bodies);
    expect((await untilOver(deployed(), orderId)).status).toBe('completed');
  });

  it('is parked by every subscription', async () => {
    const consumers = deployed().deployment.services.flatMap(({ service, subscriptions }) =>
      subscriptions.map(({ name }) => `${service}.${name}`),
    );
    expect(consumers.length).toBeGreaterThan(0);
    await Promise.all(
      consumers.map(async (consumer) => {
        const body = `not JSON ${randomUUID()}`;
        await send(deployed(), subscriptionOf(deployed(), consumer).queue, [body]);
        const { MessageAttributes } = await deadLetter(deployed(), consumer, body);
        expect(MessageAttributes?.consumer?.StringValue).toBe(consumer);
      }),
    );
  });
});

function deadLetter({ deployment }: Deployed, consumer: string, body: string) {
  const { deadLetterQueue } = subscriptionOf({ deployment }, consumer);
  return until(`${consumer} has parked "${body.slice(0, 40)}"`, async () =>
    (await peek(deployment, deadLetterQueue)).find(({ Body }) => Body === body),
  );
}
