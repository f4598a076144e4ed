import type { OrderLine } from '../../contracts/values';

/** The stock of one article. */
export interface Stock {
  readonly sku: string;
  /** The quantity that no order has reserved. */
  readonly available: number;
}

/** Inventory's decision on an order. `cancelled`: the cancellation arrived first, so the order is rejected. */
export interface Reservation {
  readonly orderId: string;
  readonly status: 'reserved' | 'rejected' | 'released' | 'cancelled';
  /** The ordered lines. They are held while the status is `reserved`. */
  readonly lines: readonly OrderLine[];
}
