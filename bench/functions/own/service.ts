import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { Identifier } from '../../../contracts/core/text';
import { defineService } from '../../../lambdas/runtime/declare/service';

const Line = z.object({ sku: Identifier, quantity: z.int().check(z.minimum(1)) });

/** The event that every consumer of the comparison receives. */
export const OrderCreated = defineEvent({
  name: 'OrderCreated',
  owner: 'orders',
  version: 1,
  schema: z.object({
    orderId: Identifier,
    customerId: Identifier,
    lines: z.array(Line).check(z.minLength(1)),
    total: z.object({ amount: z.int(), currency: z.string() }),
  }),
});

export const StockReserved = defineEvent({
  name: 'StockReserved',
  owner: 'bench',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});

export const StockRejected = defineEvent({
  name: 'StockRejected',
  owner: 'bench',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});

const bench = defineService('bench');

export const reservations = bench
  .table('reservations', { key: 'orderId' })
  .of<{ orderId: string; status: string; lines: z.infer<typeof Line>[] }>();
export const stock = bench.table('stock', { key: 'sku' }).of<{ sku: string; available: number }>();

export const confirmOrder = bench.subscription('confirm-order', {
  to: [OrderCreated],
  emits: [StockReserved],
  uses: [reservations],
  dependencies: ['warehouse'],
});

export const reserveStock = bench.subscription('reserve-stock', {
  to: [OrderCreated],
  emits: [StockReserved, StockRejected],
  uses: [reservations, stock],
  dependencies: ['warehouse'],
});
