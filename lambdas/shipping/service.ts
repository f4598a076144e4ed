import { OrderConfirmed } from '../../contracts/orders';
import { ShipmentDelivered, ShipmentDispatched } from '../../contracts/shipping';
import { defineService } from '../runtime/declare/service';
import type { Shipment } from './shipment';

/** Dispatches the goods of confirmed orders, and simulates their delivery. */
export const shipping = defineService('shipping');

export const shipments = shipping
  .table('shipments', { key: 'orderId', inboxOf: ['dispatch-shipment', 'deliver-shipment'] })
  .of<Shipment>();

export const dispatchShipment = shipping.subscription('dispatch-shipment', {
  to: [OrderConfirmed],
  emits: [ShipmentDispatched],
  uses: [shipments],
});

export const deliverShipment = shipping.subscription('deliver-shipment', {
  to: [ShipmentDispatched],
  emits: [ShipmentDelivered],
  uses: [shipments],
});
