import { OrderConfirmed } from '../../contracts/orders';
import { ShipmentDispatched } from '../../contracts/shipping';
import { consume } from '../runtime/consume/consume';
import { shipment } from './shipment';

/** Sends the goods on their way. */
export const handler = consume(OrderConfirmed, async ({ orderId, lines }, work) => {
  const ref = shipment(orderId);
  if (await work.load(ref)) return;
  const shipmentId = work.newId('shipment');
  work.put(ref, { orderId, shipmentId, status: 'dispatched', lines });
  work.emit(ShipmentDispatched, { orderId, shipmentId });
});
