import { PaymentRecorded } from '../../../../contracts';
import { handler } from '../../../../lambdas/reconciliation/record-payment';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';

const recorded = {
  orderId: 'order-1',
  chargeId: 'charge-1',
  kind: 'charge',
  amount: { amount: 2_400, currency: 'EUR' },
  bookedOn: '2026-01-01',
} as const;

describe('the book of payments', () => {
  it('has each charge and refund once, in any order of arrival and with duplicates', async () => {
    const world = new HandlerWorld();
    const deliver = (data: Parameters<typeof eventOf<typeof PaymentRecorded>>[1], id: string) =>
      world.deliver(handler, eventOf(PaymentRecorded, data, id));
    await deliver({ ...recorded, kind: 'refund', bookedOn: '2026-01-02' }, 'one');
    await deliver(recorded, 'two');
    await deliver(recorded, 'two');
    await deliver({ ...recorded, amount: { amount: 1, currency: 'EUR' } }, 'three');
    expect(world.store.items('payment-book')).toMatchObject([
      { ...recorded, entryId: 'refund-charge-1', kind: 'refund', bookedOn: '2026-01-02' },
      { ...recorded, entryId: 'charge-charge-1' },
    ]);
  });
});
