import { ShipmentDelivered } from '../../contracts/shipping';
import { consume } from '../runtime/consume/consume';
import { PermanentError } from '../runtime/errors';
import { deliverShipment, shipments } from './service';

/** Simulates a carrier that delivers every dispatched shipment. */
export const handler = consume(deliverShipment, async ({ orderId, shipmentId }, work) => {
  const dispatched = await work.load(shipments(orderId));
  if (!dispatched) throw new PermanentError(`Shipment ${shipmentId} of order ${orderId} was never dispatched.`);
  if (dispatched.status === 'delivered') return;
  work.put(shipments(orderId), { ...dispatched, status: 'delivered' });
  work.emit(ShipmentDelivered, { orderId, shipmentId });
});
