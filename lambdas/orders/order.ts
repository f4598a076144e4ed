import type { OrderPlaced } from '../../contracts/checkout';
import type { DataOf } from '../../contracts/contract';
import { table } from '../runtime/store';
import { type Fact, hasEnded, type Status, status } from './order-process';

export const order = table<Order>('orders', 'orderId');

/** What the process manager keeps of an order. */
export interface Order {
  readonly orderId: string;
  /** What is known, and since when (ISO 8601, UTC): the whole state. */
  readonly facts: Readonly<Partial<Record<Fact, string>>>;
  /** What was ordered; unknown as long as events of the order overtake `OrderPlaced`. */
  readonly placed?: DataOf<typeof OrderPlaced>;
  /** Read off the facts, for those who look at the table. */
  readonly status: Status;
  readonly ended: boolean;
}

export function factsOf(order: Pick<Order, 'facts'> | undefined): Set<Fact> {
  return new Set(Object.keys(order?.facts ?? {}) as Fact[]);
}

/** The order with what is read off its facts brought up to date. */
export function summarised(order: Omit<Order, 'status' | 'ended'>): Order {
  const facts = factsOf(order);
  return { ...order, status: status(facts), ended: hasEnded(facts) };
}
