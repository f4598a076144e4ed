import type { OrderLine } from '../../contracts/values';
import { table } from '../runtime/store/store';

export const shipment = table<Shipment>('shipments', 'orderId');

/** A parcel on its way. */
export interface Shipment {
  readonly orderId: string;
  readonly shipmentId: string;
  readonly status: 'dispatched' | 'delivered';
  readonly lines: readonly OrderLine[];
}
