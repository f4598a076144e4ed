import type { CancellationReason } from '../../contracts/orders';

/** What an order decides: the events that it publishes. */
export type Decision = 'OrderCreated' | 'OrderConfirmed' | 'OrderCancelled' | 'OrderCompleted';

/** What others tell an order, and what the clock does. */
export type Arrival =
  | 'OrderPlaced'
  | 'StockReserved'
  | 'StockRejected'
  | 'StockReleased'
  | 'PaymentCompleted'
  | 'PaymentFailed'
  | 'PaymentRefunded'
  | 'PaymentOverdue'
  | 'ShipmentDispatched'
  | 'ShipmentDelivered';

/** What an order can come to know. */
export type Fact = Arrival | Decision;

/** The state of an order is the set of facts it knows, and nothing else: in which order they came cannot matter. */
export type Facts = ReadonlySet<Fact>;

/** Something that holds as soon as all of `all` and any of `any` (if given) are known, and none of `none`. */
interface Condition {
  readonly all: readonly Fact[];
  readonly any?: readonly Fact[];
  readonly none?: readonly Fact[];
}

/** The process, as data: each decision is taken once, as soon as its condition holds. */
export const decisions: readonly (Condition & { readonly decide: Decision })[] = [
  { decide: 'OrderCreated', all: ['OrderPlaced'] },
  {
    decide: 'OrderCancelled',
    all: ['OrderCreated'],
    any: ['StockRejected', 'PaymentFailed', 'PaymentOverdue'],
    none: ['OrderConfirmed'],
  },
  { decide: 'OrderConfirmed', all: ['OrderCreated', 'StockReserved', 'PaymentCompleted'], none: ['OrderCancelled'] },
  { decide: 'OrderCompleted', all: ['OrderConfirmed', 'ShipmentDelivered'] },
];

/** Where an order got to. */
export type Status = 'unknown' | 'created' | 'confirmed' | 'dispatched' | 'completed' | 'cancelling' | 'cancelled';

/** Something that an order waits for: one of these facts, which follows from the decisions `from`. */
interface Wait {
  readonly for: readonly Fact[];
  readonly from: readonly Decision[];
}

/** Who never heard that an order was created has nothing to say to its cancellation. */
const CANCELLED: readonly Decision[] = ['OrderCreated', 'OrderCancelled'];

/** What each status means, and what is waited for in it. The first that holds is the order's. */
export const statuses: readonly (Condition & { readonly status: Status; readonly waits: readonly Wait[] })[] = [
  { status: 'completed', all: ['OrderCompleted'], waits: [] },
  {
    status: 'cancelling',
    all: ['OrderCancelled'],
    waits: [
      { for: ['StockRejected', 'StockReleased'], from: CANCELLED },
      { for: ['PaymentFailed', 'PaymentRefunded'], from: CANCELLED },
    ],
  },
  {
    status: 'dispatched',
    all: ['OrderConfirmed', 'ShipmentDispatched'],
    waits: [{ for: ['ShipmentDelivered'], from: ['OrderConfirmed'] }],
  },
  { status: 'confirmed', all: ['OrderConfirmed'], waits: [{ for: ['ShipmentDispatched'], from: ['OrderConfirmed'] }] },
  {
    status: 'created',
    all: ['OrderCreated'],
    waits: [
      { for: ['StockReserved', 'StockRejected'], from: ['OrderCreated'] },
      { for: ['PaymentCompleted', 'PaymentFailed'], from: ['OrderCreated'] },
    ],
  },
  { status: 'unknown', all: [], waits: [] },
];

/** What can only come after something else: in a world where nothing overtakes, this is the order of things. */
export const arrivals: Readonly<Record<Arrival, Condition>> = {
  OrderPlaced: { all: [] },
  StockReserved: { all: ['OrderCreated'], none: ['StockRejected'] },
  StockRejected: { all: ['OrderCreated'], none: ['StockReserved'] },
  StockReleased: { all: ['StockReserved', 'OrderCancelled'] },
  PaymentCompleted: { all: ['OrderCreated'], none: ['PaymentFailed'] },
  PaymentFailed: { all: ['OrderCreated'], none: ['PaymentCompleted'] },
  PaymentRefunded: { all: ['PaymentCompleted', 'OrderCancelled'] },
  PaymentOverdue: { all: ['OrderCreated'], none: ['PaymentCompleted', 'PaymentFailed', 'OrderCancelled'] },
  ShipmentDispatched: { all: ['OrderConfirmed'] },
  ShipmentDelivered: { all: ['ShipmentDispatched'] },
};

/** What there is to decide now, in order: each decision is a fact for the next. */
export function decide(facts: Facts): Decision[] {
  const known = new Set(facts);
  const taken: Decision[] = [];
  const next = () => decisions.find((one) => !known.has(one.decide) && holds(one, known))?.decide;
  for (let decision = next(); decision; decision = next()) {
    known.add(decision);
    taken.push(decision);
  }
  return taken;
}

export function status(facts: Facts): Status {
  const now = statuses.find((one) => holds(one, facts))?.status ?? 'unknown';
  return now === 'cancelling' && waitingFor(facts).length === 0 ? 'cancelled' : now;
}

/** What the order waits for; nothing, once it has ended. */
export function waitingFor(facts: Facts): readonly Wait[] {
  const waits = statuses.find((one) => holds(one, facts))?.waits ?? [];
  return waits.filter((wait) => !wait.for.some((fact) => facts.has(fact)));
}

/** Nothing is left to do: the goods have arrived, or nobody holds stock or money for the order any more. */
export function hasEnded(facts: Facts): boolean {
  return ['completed', 'cancelled'].includes(status(facts));
}

/** Something happened that cannot be undone by a decision: somebody has to look. */
export function isContradictory(facts: Facts): boolean {
  return facts.has('OrderCancelled') && (facts.has('ShipmentDispatched') || facts.has('ShipmentDelivered'));
}

/** Why an order is cancelled, as far as is known. */
export function cancellationReason(facts: Facts): CancellationReason {
  if (facts.has('StockRejected')) return 'out-of-stock';
  return facts.has('PaymentFailed') ? 'payment-declined' : 'payment-overdue';
}

export function holds({ all, any, none }: Condition, facts: Facts): boolean {
  return (
    all.every((fact) => facts.has(fact)) &&
    (!any || any.some((fact) => facts.has(fact))) &&
    !none?.some((fact) => facts.has(fact))
  );
}
