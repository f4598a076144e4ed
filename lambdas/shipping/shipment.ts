import type { OrderLine } from '../../contracts/values';

/** The shipment of an order. */
export interface Shipment {
  readonly orderId: string;
  readonly shipmentId: string;
  readonly status: 'dispatched' | 'delivered';
  readonly lines: readonly OrderLine[];
}
