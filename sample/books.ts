import type { Payment } from '../lambdas/payments/payment';
import type { PaymentEntry } from '../lambdas/reconciliation/payment-book';

/** A line of the payment provider's books: a charge or refund that it has carried out. */
export interface Booking {
  readonly kind: 'charge' | 'refund';
  readonly chargeId: string;
  /** The order's id. */
  readonly reference: string;
  readonly amount: { readonly amount: number; readonly currency: string };
}

/** Returns every difference between the states of payments and what the provider has carried out. */
export function findProviderDifferences(
  bookings: readonly Booking[],
  payments: readonly Pick<Payment, 'orderId' | 'status'>[],
): string[] {
  const statuses = new Map(payments.map(({ orderId, status }) => [orderId, status]));
  const orders = new Set([...bookings.map(({ reference }) => reference), ...statuses.keys()]);
  return [...orders].flatMap((orderId) => {
    const count = (kind: Booking['kind']) =>
      bookings.filter((line) => line.reference === orderId && line.kind === kind).length;
    const [charged, refunded] = [count('charge'), count('refund')];
    const status = statuses.get(orderId);
    const found: string[] = [];
    if (charged > 1) found.push(`Order ${orderId} was charged ${charged} times by the provider.`);
    if (refunded > charged)
      found.push(`Order ${orderId}: the provider has refunded ${refunded} of ${charged} charges.`);
    if (charged > refunded !== (status === 'completed')) {
      const held = `the provider holds ${charged - refunded} charges`;
      found.push(`Order ${orderId}: ${held}, but its payment is ${status ?? 'unknown'}.`);
    }
    return found;
  });
}

/** Returns every difference between reconciliation's book of payments and the provider's books. */
export function findBookDifferences(bookings: readonly Booking[], book: readonly PaymentEntry[]): string[] {
  const lineOf = (id: string, { amount, currency }: Booking['amount'], orderId: string) =>
    `${id} of ${amount} ${currency} for order ${orderId}`;
  const theirs = new Set(
    bookings.map(({ kind, chargeId, amount, reference }) => lineOf(`${kind}-${chargeId}`, amount, reference)),
  );
  const ours = new Set(book.map(({ entryId, amount, orderId }) => lineOf(entryId, amount, orderId)));
  return [
    ...[...theirs].filter((line) => !ours.has(line)).map((line) => `The book of payments lacks ${line}.`),
    ...[...ours].filter((line) => !theirs.has(line)).map((line) => `Only the book of payments has ${line}.`),
  ];
}
