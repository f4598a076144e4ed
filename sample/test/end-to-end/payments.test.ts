import { randomUUID } from 'node:crypto';
import { inParallel } from '../../../cli/parallel';
import { apiUrl, tableOf } from '../../../deployed/discover';
import type { BookEntry } from '../../../lambdas/reconciliation/payment-book';
import { type SigningSecrets, signedHeaders } from '../../../lambdas/runtime/webhooks/webhook';
import { placeOrder } from '../../order-client';
import { readSnapshot, scan } from '../../snapshot';
import { bankBooks, bankSecret, simulate } from './bank';
import { atRest, describeDeployed, expectInvariants, until, untilOver } from './deployed';
import { emitted } from './stored';

const AFFORDABLE = [{ sku: 'teapot', quantity: 1 }];
const SOLD_OUT = [...AFFORDABLE, { sku: 'rare-beans', quantity: 1 }];
const TOO_EXPENSIVE = [{ sku: 'roaster', quantity: 1 }];

const OUTAGE_MS = 30_000;
const PLACED_AT_ONCE = 4;

describeDeployed('the payment provider', (deployed) => {
  const place = (lines = AFFORDABLE) => placeOrder(deployed().url, { customerId: 'ada', lines }, randomUUID());
  const count = async (name: string, orderId: string) => (await emitted(deployed(), 'payments', name, orderId)).length;
  const booksOf = async (...orders: string[]) =>
    (await bankBooks(deployed(), new Set(orders))).map(({ kind }) => kind).sort();
  /** How often payments has lost its provider, and found it again. */
  const circuitChanges = async () => {
    const { snapshot } = await atRest(deployed());
    const events = snapshot.records.flatMap(({ outbox }) => outbox?.match(/PaymentProvider(Lost|Regained)/g) ?? []);
    const lost = events.filter((name) => name.endsWith('Lost')).length;
    return { lost, regained: events.length - lost };
  };
  const paymentBook = () =>
    scan<BookEntry>(deployed().deployment, tableOf(deployed().deployment, 'reconciliation', 'payment-book'));

  afterEach(() => simulate(deployed()));
  afterAll(() => expectInvariants(deployed()));

  it('charges an order, and calls back when the money is there', async () => {
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    expect(await booksOf(orderId)).toEqual(['charge']);
    expect(await count('PaymentCompleted', orderId)).toBe(1);
  });

  it('declines what is too expensive, and books nothing', async () => {
    const orderId = await place(TOO_EXPENSIVE);
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'cancelled', reason: 'payment-declined' });
    expect(await booksOf(orderId)).toEqual([]);
  });

  it('is asked for a charge whose callback was lost', async () => {
    await simulate(deployed(), { callback: 'none' });
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    const [charged] = await emitted(deployed(), 'payments', 'PaymentCompleted', orderId);
    const reminders = await emitted(deployed(), 'payments', 'ChargeDue', orderId);
    // It was a reminder that led to the answer.
    expect(reminders.map(({ detail }) => detail.metadata.id)).toContain(charged?.detail.metadata.causationId);
  });

  it('may call back twice, to one effect', async () => {
    await simulate(deployed(), { callback: 'twice' });
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    await atRest(deployed());
    expect([await count('PaymentCompleted', orderId), await count('PaymentRecorded', orderId)]).toEqual([1, 1]);
  });

  it('may call back before it answers', async () => {
    await simulate(deployed(), { callback: 'before-answer' });
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    expect(await booksOf(orderId)).toEqual(['charge']);
    expect(await count('PaymentCompleted', orderId)).toBe(1);
  });

  it('may fail though it has made the charge, which is made once all the same', async () => {
    await simulate(deployed(), { fail: 'after' });
    const orderId = await place();
    await until('the bank has charged the order', async () => (await booksOf(orderId)).length > 0);
    await simulate(deployed());
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    expect(await booksOf(orderId)).toEqual(['charge']);
  });

  it('gives back the money of an order that is cancelled', async () => {
    // Long enough for the cancellation to come first.
    await simulate(deployed(), { delaySeconds: 8 });
    const orderId = await place(SOLD_OUT);
    await untilOver(deployed(), orderId);
    const { snapshot } = await atRest(deployed());
    const payment = snapshot.payments.find((one) => one.orderId === orderId);
    const books = payment?.status === 'refunded' ? ['charge', 'refund'] : [];
    expect(['refunded', 'cancelled']).toContain(payment?.status);
    expect(await booksOf(orderId)).toEqual(books);
  });

  it('is believed only when it signs, with a secret that is shared, now', async () => {
    const orderId = await place(TOO_EXPENSIVE);
    const secrets = await bankSecret(deployed(), 'signing');
    const data = {
      chargeId: 'charge-1',
      reference: orderId,
      status: 'succeeded',
      amount: { amount: 1, currency: 'EUR' },
    };
    const body = JSON.stringify({ type: 'charge.succeeded', timestamp: new Date().toISOString(), data });
    const send = async (by: SigningSecrets, at = new Date()) => {
      const response = await fetch(`${apiUrl(deployed().deployment, 'payments')}/provider-callbacks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signedHeaders(randomUUID(), body, by, at) },
        body,
      });
      return { status: response.status, type: response.headers.get('content-type') };
    };
    const refused = { status: 401, type: 'application/problem+json' };
    expect(await send({ current: Buffer.alloc(33, 'forged').toString('base64') })).toEqual(refused);
    expect(await send(secrets, new Date(Date.now() - 6 * 60_000))).toEqual(refused);
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'cancelled', reason: 'payment-declined' });
  });

  it('may be out of order for 30 s in the middle of 50 orders: all end', async () => {
    const placeHalf = async () => {
      const placed: string[] = [];
      await inParallel(PLACED_AT_ONCE, Array(25).keys(), async () => void placed.push(await place()));
      return placed;
    };
    const before = await placeHalf();
    const outageUntil = new Date(Date.now() + OUTAGE_MS);
    await simulate(deployed(), { outageUntil: outageUntil.toISOString() });
    const orders = [...before, ...(await placeHalf())];
    const ended: string[] = [];
    // One after the other: fifty at once would slow down what they wait for.
    for (const orderId of orders) ended.push((await untilOver(deployed(), orderId)).status);

    expect(Date.now()).toBeGreaterThan(outageUntil.getTime());
    const completed = ended.filter((status) => status === 'completed').length;
    console.log(`50 orders around an outage of 30 s: ${completed} completed, ${50 - completed} cancelled.`);
    expect(ended.filter((status) => status !== 'completed' && status !== 'cancelled')).toEqual([]);
    expect((await circuitChanges()).lost).toBeGreaterThan(0);
    // Whose charge the bank has made meanwhile asks no more, so it may take another order to find out that it is back.
    await until('the bank is known to be back', async () => {
      await untilOver(deployed(), await place());
      const { lost, regained } = await circuitChanges();
      return regained === lost;
    });
    const lines = await bankBooks(deployed(), new Set(orders));
    expect(lines.filter(({ kind }) => kind === 'charge').length).toBeGreaterThanOrEqual(completed);
  });

  it('has the same books as reconciliation, which subscribes to payments directly', async () => {
    await atRest(deployed());
    const { orders } = await readSnapshot(deployed().deployment);
    const lines = await bankBooks(deployed(), new Set(orders.map(({ orderId }) => orderId)));
    const theirs = lines.map(({ kind, chargeId, amount }) => `${kind}-${chargeId} ${amount.amount}`);
    const ours = (await paymentBook()).map(({ entryId, amount }) => `${entryId} ${amount.amount}`);
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.sort()).toEqual(theirs.sort());
  });
});
