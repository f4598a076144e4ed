import type { Money } from '../../contracts/values';
import { table } from '../runtime/store';

export const payment = table<Payment>('payments', 'orderId');

/**
 * What payments knows of an order's money. `cancelled`: the order was cancelled before its money was collected.
 * Money is held as long as the status is `completed`.
 */
export interface Payment {
  readonly orderId: string;
  readonly status: 'requested' | 'completed' | 'failed' | 'cancelled' | 'refunded';
  /** Absent when the cancellation came before the order. */
  readonly amount?: Money;
}

/** The largest amount that is approved, in the minor unit: 1,000.00. */
export const LIMIT = 100_000;

/** The rule that stands for a bank: amounts up to {@link LIMIT} are approved, larger ones declined. */
export function isApproved({ amount }: Money): boolean {
  return amount <= LIMIT;
}
