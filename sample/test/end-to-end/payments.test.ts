import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../../cli/parallel';
import { apiUrl, serviceOf, tableOf } from '../../../deployed/discover';
import type { PaymentEntry } from '../../../lambdas/reconciliation/payment-book';
import { type SigningSecrets, signedHeaders } from '../../../lambdas/runtime/webhooks/webhook';
import { emittedEvents } from '../../../observe/effects';
import { scanItems } from '../../../observe/items';
import { scanRecords } from '../../../observe/records';
import { placeOrder } from '../../order-client';
import { readSnapshot } from '../../snapshot';
import { bankBooks, bankSecret, simulate } from './bank';
import { describeDeployed, expectInvariants, until, untilIdle, untilOver } from './deployed';
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
  /** Returns the number of PaymentProviderLost and of PaymentProviderRegained, since the deployment. */
  const circuitChanges = async () => {
    const { deployment } = deployed();
    const { records } = await scanRecords(deployment, serviceOf(deployment, 'payments'));
    const names = emittedEvents(records).map(({ name }) => name);
    const times = (name: string) => names.filter((one) => one === name).length;
    return { lost: times('PaymentProviderLost'), regained: times('PaymentProviderRegained') };
  };
  const paymentBook = () =>
    scanItems<PaymentEntry>(deployed().deployment, tableOf(deployed().deployment, 'reconciliation', 'payment-book'));

  afterEach(() => simulate(deployed()));
  afterAll(() => expectInvariants(deployed()));

  it('charges an order, and sends a callback with the outcome', async () => {
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    expect(await booksOf(orderId)).toEqual(['charge']);
    expect(await count('PaymentCompleted', orderId)).toBe(1);
  });

  it('declines an expensive order, and books nothing', async () => {
    const orderId = await place(TOO_EXPENSIVE);
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'cancelled', reason: 'payment-declined' });
    expect(await booksOf(orderId)).toEqual([]);
  });

  it('is asked for the outcome when its callback is lost', async () => {
    await simulate(deployed(), { callback: 'none' });
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    const [charged] = await emitted(deployed(), 'payments', 'PaymentCompleted', orderId);
    const reminders = await emitted(deployed(), 'payments', 'ChargeDue', orderId);
    // A reminder caused the look-up.
    expect(reminders.map(({ detail }) => detail.metadata.id)).toContain(charged?.detail.metadata.causationId);
  });

  it('can send a callback twice, with one effect', async () => {
    await simulate(deployed(), { callback: 'twice' });
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    await untilIdle(deployed());
    expect([await count('PaymentCompleted', orderId), await count('PaymentRecorded', orderId)]).toEqual([1, 1]);
  });

  it('can send a callback before the response', async () => {
    await simulate(deployed(), { callback: 'before-answer' });
    const orderId = await place();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    expect(await booksOf(orderId)).toEqual(['charge']);
    expect(await count('PaymentCompleted', orderId)).toBe(1);
  });

  it('can fail after it made the charge, which is made once', async () => {
    await simulate(deployed(), { fail: 'after' });
    const orderId = await place();
    await until('the bank has charged the order', async () => (await booksOf(orderId)).length > 0);
    await simulate(deployed());
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    expect(await booksOf(orderId)).toEqual(['charge']);
  });

  it('refunds a cancelled order', async () => {
    // Long enough for the cancellation to arrive first.
    await simulate(deployed(), { delaySeconds: 8 });
    const orderId = await place(SOLD_OUT);
    await untilOver(deployed(), orderId);
    const { snapshot } = await untilIdle(deployed());
    const payment = snapshot.payments.find((one) => one.orderId === orderId);
    const books = payment?.status === 'refunded' ? ['charge', 'refund'] : [];
    expect(['refunded', 'cancelled']).toContain(payment?.status);
    expect(await booksOf(orderId)).toEqual(books);
  });

  it('is answered 401 unless its callback is signed with a shared secret and the current time', async () => {
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

  it('can be unavailable for 30 s during 50 orders, which all end', async () => {
    const placeHalf = async () => {
      const placed: string[] = [];
      await inParallel(PLACED_AT_ONCE, Array(25).keys(), async () => void placed.push(await place()));
      return placed;
    };
    const { lost: lostBefore } = await circuitChanges();
    const before = await placeHalf();
    const [begin, afterAllTests] = [Date.now(), new Date(Date.now() + 3_600_000)];
    await simulate(deployed(), { outageUntil: afterAllTests.toISOString() });
    const orders = [...before, ...(await placeHalf())];
    // On a busy machine, the payments of these orders can begin late.
    await until('the outage is noticed', async () => (await circuitChanges()).lost > lostBefore);
    await sleep(Math.max(0, begin + OUTAGE_MS - Date.now()));
    await simulate(deployed());
    const ended: string[] = [];
    // One after the other: concurrent polling would slow down the functions.
    for (const orderId of orders) ended.push((await untilOver(deployed(), orderId)).status);

    const completed = ended.filter((status) => status === 'completed').length;
    console.log(`50 orders around an outage of 30 s: ${completed} completed, ${50 - completed} cancelled.`);
    expect(ended.filter((status) => status !== 'completed' && status !== 'cancelled')).toEqual([]);
    // Waiting orders may need no call any more, so another order may be needed to close the circuit.
    await until('the bank is known to be back', async () => {
      await untilOver(deployed(), await place());
      await untilIdle(deployed());
      const { lost, regained } = await circuitChanges();
      return regained === lost;
    });
    const lines = await bankBooks(deployed(), new Set(orders));
    expect(lines.filter(({ kind }) => kind === 'charge').length).toBeGreaterThanOrEqual(completed);
  });

  it('has the same books as reconciliation, which subscribes to payments directly', async () => {
    await untilIdle(deployed());
    const { orders } = await readSnapshot(deployed().deployment);
    const lines = await bankBooks(deployed(), new Set(orders.map(({ orderId }) => orderId)));
    const theirs = lines.map(({ kind, chargeId, amount }) => `${kind}-${chargeId} ${amount.amount}`);
    const ours = (await paymentBook()).map(({ entryId, amount }) => `${entryId} ${amount.amount}`);
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.sort()).toEqual(theirs.sort());
  });
});
