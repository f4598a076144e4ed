import type { OrderLine } from '../../contracts/values';

/** The stock of one article. */
export interface Stock {
  readonly sku: string;
  /** Pieces that no order has reserved. */
  readonly available: number;
}

/** Inventory's decision on an order. `cancelled`: the cancellation arrived before the order, which then gets nothing. */
export interface Reservation {
  readonly orderId: string;
  readonly status: 'reserved' | 'rejected' | 'released' | 'cancelled';
  /** The ordered lines. They are held while the status is `reserved`. */
  readonly lines: readonly OrderLine[];
}
