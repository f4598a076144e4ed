import type { BankRoute } from '../../../../lambdas/payment-provider/bank-route';
import type { Booking, Charge } from '../../../../lambdas/payment-provider/charge';
import { handler as createCharge, createChargeWith } from '../../../../lambdas/payment-provider/create-charge';
import { handler as createRefund } from '../../../../lambdas/payment-provider/create-refund';
import { handler as getBookings } from '../../../../lambdas/payment-provider/get-bookings';
import { handler as getCharge } from '../../../../lambdas/payment-provider/get-charge';
import { handler as getSettlement } from '../../../../lambdas/payment-provider/get-settlement';
import { notifyMerchant, type Webhook } from '../../../../lambdas/payment-provider/notify-merchant';
import { handler as ruleOutCharge } from '../../../../lambdas/payment-provider/rule-out-charge';
import { bookings } from '../../../../lambdas/payment-provider/service';
import { handler as setSimulation } from '../../../../lambdas/payment-provider/set-simulation';
import type { HttpRequest } from '../../../../lambdas/runtime/http/http';
import { TransactionCancelled } from '../../../../lambdas/runtime/store/store';
import { HandlerWorld } from '../../../../test/support/handler-world';

const KEY = 'the-right-key';
const EUR = (amount: number) => ({ amount, currency: 'EUR' });

interface Call {
  readonly body?: object;
  readonly idempotencyKey?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly key?: string;
}

const chargeRequest = (change: object = {}) => ({
  reference: 'order-1',
  amount: EUR(100_000),
  callbackUrl: 'https://example.com/callbacks',
  ...change,
});

class BankWorld extends HandlerWorld {
  async call(bankRoute: BankRoute, { body, idempotencyKey, path = {}, query, key = KEY }: Call) {
    const request = {
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      pathParameters: path,
      queryStringParameters: query,
      body: body && JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: {},
    } as unknown as HttpRequest;
    const { statusCode, body: text } = await bankRoute.run(request, this.runtime(), KEY);
    return { status: statusCode, body: text ? JSON.parse(text) : undefined };
  }

  charge(change: object = {}, call: Call = {}) {
    return this.call(createCharge, { body: chargeRequest(change), ...call });
  }

  look(chargeId: string) {
    return this.call(getCharge, { path: { chargeId } });
  }

  refund(chargeId: string) {
    return this.call(createRefund, { body: { chargeId } });
  }

  ruleOut(reference: string) {
    return this.call(ruleOutCharge, { body: { reference, amount: EUR(1) } });
  }

  async books(date: string) {
    const { body } = await this.call(getSettlement, { path: { date } });
    return body;
  }

  simulate(body: object) {
    return this.call(setSimulation, { body });
  }
}

describe('the simulated bank', () => {
  it('accepts a charge at once and decides it seconds later', async () => {
    const world = new BankWorld();
    const { status, body } = await world.charge();
    expect([status, body.status]).toEqual([202, 'pending']);
    expect(world.published().map(({ name, due }) => [name, due])).toEqual([
      ['ChargeCallbackDue', '2026-01-01T00:00:03.000Z'],
    ]);
    world.wait(3);
    expect((await world.look(body.chargeId)).body).toMatchObject({ status: 'succeeded', bookedOn: '2026-01-01' });
  });

  it('declines charges above 1,000.00', async () => {
    const world = new BankWorld();
    const { body } = await world.charge({ amount: EUR(100_001) });
    world.wait(3);
    expect((await world.look(body.chargeId)).body).toMatchObject({ status: 'declined' });
    expect((await world.books('2026-01-01')).lines).toEqual([]);
  });

  it('charges a reference once, with the same key, with another, and for concurrent requests', async () => {
    const world = new BankWorld();
    const answers = [
      await world.charge({}, { idempotencyKey: 'one' }),
      await world.charge({}, { idempotencyKey: 'one' }),
      await world.charge({}, { idempotencyKey: 'two' }),
      ...(await Promise.all([world.charge(), world.charge()])),
    ];
    expect(new Set(answers.map(({ body }) => body.chargeId)).size).toBe(1);
    world.wait(3);
    expect((await world.books('2026-01-01')).lines).toHaveLength(1);
    expect(world.published()).toHaveLength(1);
  });

  it('rejects another body with the same key, and another amount with the same reference', async () => {
    const world = new BankWorld();
    await world.charge({}, { idempotencyKey: 'one' });
    expect((await world.charge({ amount: EUR(1) }, { idempotencyKey: 'one' })).status).toBe(422);
    expect((await world.charge({ amount: EUR(1) })).status).toBe(409);
  });

  it('rules out a charge unless it was made', async () => {
    const world = new BankWorld();
    expect((await world.ruleOut('order-1')).body.status).toBe('cancelled');
    expect((await world.charge({ amount: EUR(1) })).body.status).toBe('cancelled');
    await world.charge({ reference: 'order-2' });
    expect((await world.ruleOut('order-2')).body.status).toBe('pending');
    world.wait(3);
    expect((await world.books('2026-01-01')).lines).toMatchObject([{ reference: 'order-2' }]);
  });

  it('refunds a charge once, and books it on the day of the refund', async () => {
    const world = new BankWorld();
    const { body } = await world.charge();
    expect((await world.refund(body.chargeId)).status).toBe(409);
    world.wait(24 * 60 * 60);
    const [first, second] = [await world.refund(body.chargeId), await world.refund(body.chargeId)];
    expect(first).toEqual({
      status: 202,
      body: { chargeId: body.chargeId, amount: EUR(100_000), bookedOn: '2026-01-02' },
    });
    expect(second).toEqual(first);
    expect(await world.books('2026-01-01')).toMatchObject({ closed: true, lines: [{ kind: 'charge' }] });
    expect(await world.books('2026-01-02')).toMatchObject({ closed: false, lines: [{ kind: 'refund' }] });
  });

  it('returns the bookings of a day in pages, sorted by reference', async () => {
    const world = new BankWorld();
    for (let number = 1; number <= 1_100; number++) await world.charge({ reference: `order-${number}` });
    world.wait(3);
    const references: string[] = [];
    for (let end = false, after = {}; !end; after = { after: references.at(-1) }) {
      const { body } = await world.call(getSettlement, { path: { date: '2026-01-01' }, query: after });
      references.push(...body.lines.map(({ reference }: { reference: string }) => reference));
      end = body.end;
    }
    expect(references).toHaveLength(1_100);
    expect(references).toEqual([...new Set(references)].sort());
    const range = { from: 'order-10', to: 'order-11', limit: '3' };
    const { body } = await world.call(getSettlement, { path: { date: '2026-01-01' }, query: range });
    expect(body).toMatchObject({ end: false, lines: ['10', '100', '1000'].map((n) => ({ reference: `order-${n}` })) });
  });

  it('returns all bookings of a reference', async () => {
    const world = new BankWorld();
    const { body } = await world.charge();
    await world.charge({ reference: 'order-2' });
    world.wait(24 * 60 * 60);
    await world.refund(body.chargeId);
    const bookings = async () =>
      (await world.call(getBookings, { path: { reference: chargeRequest().reference } })).body;
    expect(await bookings()).toMatchObject({ lines: [{ kind: 'charge' }, { kind: 'refund' }] });
  });

  it('returns every booking of a reference, or says that they are too many', async () => {
    const world = new BankWorld();
    const bookingsOf = () => world.call(getBookings, { path: { reference: 'order-1' } });
    const { body } = await world.charge({ simulate: { delaySeconds: 0 } });
    const [booking] = world.store.items<Booking>('bookings') as [Booking];
    for (let copy = 0; copy < 150; copy++) {
      const item = { ...booking, bookingId: `charge-${body.chargeId}-${copy}` };
      await world.store.transact([{ kind: 'create', ref: bookings(item.bookingId), item }]);
    }
    expect((await bookingsOf()).body.lines).toHaveLength(151);
    world.store.query = async () => Array(100).fill(booking);
    expect((await bookingsOf()).status).toBe(422);
  });

  it('applies the simulation in a request', async () => {
    const world = new BankWorld();
    const { body } = await world.charge({ simulate: { outcome: 'declined', delaySeconds: 60, callback: 'none' } });
    world.wait(59);
    expect((await world.look(body.chargeId)).body.status).toBe('pending');
    world.wait(1);
    expect((await world.look(body.chargeId)).body.status).toBe('declined');
    expect(world.published()).toEqual([]);
    await world.charge({ reference: 'order-2', simulate: { callback: 'twice' } });
    expect(world.published()).toHaveLength(2);
  });

  it('sends the callback before the response if simulated, unless the charge was not stored', async () => {
    const world = new BankWorld();
    const notified: string[] = [];
    const bank = createChargeWith({
      secrets: async () => ({ current: Buffer.alloc(33, 'key').toString('base64') }),
      post: async (url) => {
        notified.push(url);
        return 200;
      },
    });
    const charge = () => world.call(bank, { body: chargeRequest({ simulate: { callback: 'before-answer' } }) });
    const transact = world.store.transact.bind(world.store);
    world.store.transact = async () => {
      throw new TransactionCancelled(['throttled']);
    };
    expect((await charge()).status).toBe(503);
    expect(notified).toEqual([]);
    world.store.transact = transact;
    expect(await charge()).toMatchObject({ status: 202, body: { status: 'succeeded' } });
    expect(notified).toEqual(['https://example.com/callbacks']);
  });

  it('sends the same body at every attempt, whatever its clock says', async () => {
    const secrets = async () => ({ current: Buffer.alloc(33, 'key').toString('base64') });
    const world = new BankWorld();
    await world.charge();
    const [charge] = world.store.items<Charge>('charges');
    const bodies: string[] = [];
    const post = async (_: string, { body }: Webhook) => bodies.push(body);
    for (const seconds of [-120, 0, 120]) {
      await notifyMerchant(charge as Charge, { secrets, post }, new Date(world.now.getTime() + seconds * 1_000));
    }
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ type: 'charge.succeeded', data: { status: 'succeeded' } });
    expect(new Set(bodies).size).toBe(1);
  });

  it('fails before or after storing the charge if simulated', async () => {
    const world = new BankWorld();
    expect((await world.charge({ simulate: { fail: 'before' } })).status).toBe(500);
    expect(world.store.items('charges')).toHaveLength(0);
    expect((await world.charge({ simulate: { fail: 'after' } })).status).toBe(500);
    expect(world.store.items('charges')).toHaveLength(1);
  });

  it('is unavailable until the end of a simulated outage', async () => {
    const world = new BankWorld();
    await world.simulate({ outageUntil: '2026-01-01T00:00:30.000Z' });
    expect((await world.charge()).status).toBe(503);
    world.wait(30);
    expect((await world.charge()).status).toBe(202);
    await world.simulate({ outageUntil: '2026-01-01T01:00:00.000Z' });
    expect((await world.simulate({})).status).toBe(202);
    expect((await world.charge()).status).toBe(202);
  });

  it('rejects requests without the API key', async () => {
    const world = new BankWorld();
    for (const key of ['', 'wrong', `${KEY} `]) expect((await world.charge({}, { key })).status).toBe(401);
    expect(world.store.items('charges')).toEqual([]);
  });

  it.each(['today', '2026-02-30', '', '2026-1-1'])('rejects the date "%s"', async (date) => {
    const { status } = await new BankWorld().call(getSettlement, { path: { date } });
    expect(status).toBe(400);
  });
});
