import * as z from 'zod/mini';
import { Identifier } from './core/text';

/** An amount of money: a whole number of the currency's minor unit, such as cents. */
export const Money = z.object({
  amount: z.int().check(z.nonnegative()),
  /** ISO 4217. */
  currency: z.string().check(z.regex(/^[A-Z]{3}$/)),
});
export type Money = z.infer<typeof Money>;

/** The maximum number of lines of an order. DynamoDB: a transaction has at most 100 writes, and a reservation writes each line. */
export const MAX_LINES = 50;

/** The maximum quantity of one article in one order. */
export const MAX_QUANTITY = 1_000;

export const OrderLine = z.object({
  sku: Identifier,
  quantity: z.int().check(z.minimum(1), z.maximum(MAX_QUANTITY)),
});
export type OrderLine = z.infer<typeof OrderLine>;

/** The lines of an order: 1 to {@link MAX_LINES}. */
export const OrderLines = z.array(OrderLine).check(z.minLength(1), z.maxLength(MAX_LINES));
