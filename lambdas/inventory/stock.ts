import type { OrderLine } from '../../contracts/values';
import { table } from '../runtime/store/store';

export const stock = table<Stock>('stock', 'sku');
export const reservation = table<Reservation>('reservations', 'orderId');

/** How much of an article there is. */
export interface Stock {
  readonly sku: string;
  /** Not set aside for any order. */
  readonly available: number;
}

/** What inventory decided on an order. `cancelled`: the cancellation came before the order, which then gets nothing. */
export interface Reservation {
  readonly orderId: string;
  readonly status: 'reserved' | 'rejected' | 'released' | 'cancelled';
  /** What was asked for; what is held as long as the status is `reserved`. */
  readonly lines: readonly OrderLine[];
}
