import * as z from 'zod/mini';
import { Identifier } from './core/text';

/** An amount of money in the currency's minor unit (cents), never a fraction. */
export const Money = z.object({
  amount: z.int().check(z.nonnegative()),
  /** ISO 4217. */
  currency: z.string().check(z.regex(/^[A-Z]{3}$/)),
});
export type Money = z.infer<typeof Money>;

/** The most lines an order may have: a reservation changes each of them in one transaction of at most 100 writes. */
export const MAX_LINES = 50;

/** The most pieces of one article in one order. */
export const MAX_QUANTITY = 1_000;

export const OrderLine = z.object({
  sku: Identifier,
  quantity: z.int().check(z.minimum(1), z.maximum(MAX_QUANTITY)),
});
export type OrderLine = z.infer<typeof OrderLine>;

/** Between one and {@link MAX_LINES} lines, each article once. */
export const OrderLines = z.array(OrderLine).check(z.minLength(1), z.maxLength(MAX_LINES));
