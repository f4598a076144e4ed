import * as z from 'zod';

/** The event as EventBridge delivers it to a queue. */
export const OrderEvent = z.object({
  source: z.string(),
  'detail-type': z.literal('OrderCreated'),
  detail: z.object({
    metadata: z.object({
      id: z.string().min(1),
      version: z.int().min(1),
      correlationId: z.string().min(1),
      causationId: z.string().min(1),
      occurredAt: z.iso.datetime(),
      traceparent: z.string().min(1),
    }),
    data: z.object({
      orderId: z.string().min(1).max(64),
      customerId: z.string().min(1).max(64),
      lines: z.array(z.object({ sku: z.string().min(1).max(64), quantity: z.int().min(1) })).min(1),
      total: z.object({ amount: z.int(), currency: z.string() }),
    }),
  }),
});
export type OrderEvent = z.infer<typeof OrderEvent>;
