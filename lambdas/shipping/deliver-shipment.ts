import { ShipmentDelivered, ShipmentDispatched } from '../../contracts/shipping';
import { consume } from '../runtime/consume/consume';
import { PermanentError } from '../runtime/errors';
import { shipment } from './shipment';

/** Stands for the carrier, who delivers whatever was dispatched. */
export const handler = consume(ShipmentDispatched, async ({ orderId, shipmentId }, work) => {
  const ref = shipment(orderId);
  const dispatched = await work.load(ref);
  if (!dispatched) throw new PermanentError(`Shipment ${shipmentId} of order ${orderId} was never dispatched.`);
  if (dispatched.status === 'delivered') return;
  work.put(ref, { ...dispatched, status: 'delivered' });
  work.emit(ShipmentDelivered, { orderId, shipmentId });
});
