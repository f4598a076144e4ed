import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { Identifier } from './core/text';

/** The goods have left. */
export const ShipmentDispatched = defineEvent({
  name: 'ShipmentDispatched',
  owner: 'shipping',
  version: 1,
  schema: z.object({ orderId: Identifier, shipmentId: Identifier }),
});

/** The goods have arrived. */
export const ShipmentDelivered = defineEvent({
  name: 'ShipmentDelivered',
  owner: 'shipping',
  version: 1,
  schema: z.object({ orderId: Identifier, shipmentId: Identifier }),
});
