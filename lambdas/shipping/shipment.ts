import type { OrderLine } from '../../contracts/values';

/** A parcel on its way. */
export interface Shipment {
  readonly orderId: string;
  readonly shipmentId: string;
  readonly status: 'dispatched' | 'delivered';
  readonly lines: readonly OrderLine[];
}
