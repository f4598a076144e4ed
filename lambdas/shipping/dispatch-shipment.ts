import { ShipmentDispatched } from '../../contracts/shipping';
import { consume } from '../runtime/consume/consume';
import { dispatchShipment, shipments } from './service';

/** Dispatches the goods of a confirmed order. */
export const handler = consume(dispatchShipment, async ({ orderId, lines }, work) => {
  if (await work.load(shipments(orderId))) return;
  const shipmentId = work.newId('shipment');
  work.put(shipments(orderId), { orderId, shipmentId, status: 'dispatched', lines });
  work.emit(ShipmentDispatched, { orderId, shipmentId });
});
