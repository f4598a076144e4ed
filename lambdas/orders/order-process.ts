import type { CancellationReason } from '../../contracts/orders';

/** What an order can come to know: events of other services, and what it decided itself. */
export type Fact =
  | 'OrderPlaced'
  | 'StockReserved'
  | 'StockRejected'
  | 'StockReleased'
  | 'PaymentCompleted'
  | 'PaymentFailed'
  | 'PaymentRefunded'
  | 'ShipmentDispatched'
  | 'ShipmentDelivered'
  | Decision;

/** What an order decides: the events that it publishes. */
export type Decision = 'OrderCreated' | 'OrderConfirmed' | 'OrderCancelled' | 'OrderCompleted';

/** The state of an order is the set of facts it knows, and nothing else: in which order they came cannot matter. */
export type Facts = ReadonlySet<Fact>;

/** One step of the process: taken once, as soon as all facts of `all`, any of `any` (if given) and none of `none` are known. */
interface Step {
  readonly decide: Decision;
  readonly all: readonly Fact[];
  readonly any?: readonly Fact[];
  readonly none?: readonly Fact[];
}

/** The process, as data. */
export const steps: readonly Step[] = [
  { decide: 'OrderCreated', all: ['OrderPlaced'] },
  {
    decide: 'OrderCancelled',
    all: ['OrderCreated'],
    any: ['StockRejected', 'PaymentFailed'],
    none: ['OrderConfirmed'],
  },
  { decide: 'OrderConfirmed', all: ['OrderCreated', 'StockReserved', 'PaymentCompleted'], none: ['OrderCancelled'] },
  { decide: 'OrderCompleted', all: ['OrderConfirmed', 'ShipmentDelivered'] },
];

/** What there is to decide now, in order: each decision is a fact for the next. */
export function decide(facts: Facts): Decision[] {
  const known = new Set(facts);
  const decisions: Decision[] = [];
  for (let step = nextStep(known); step; step = nextStep(known)) {
    known.add(step.decide);
    decisions.push(step.decide);
  }
  return decisions;
}

function nextStep(known: Facts): Step | undefined {
  return steps.find(
    ({ decide, all, any, none }) =>
      !known.has(decide) &&
      all.every((fact) => known.has(fact)) &&
      (!any || any.some((fact) => known.has(fact))) &&
      !none?.some((fact) => known.has(fact)),
  );
}

/** Where an order got to. */
export type Status = 'unknown' | 'created' | 'confirmed' | 'dispatched' | 'completed' | 'cancelling' | 'cancelled';

export function status(facts: Facts): Status {
  if (facts.has('OrderCompleted')) return 'completed';
  if (facts.has('OrderCancelled')) return isGivenBack(facts) ? 'cancelled' : 'cancelling';
  if (facts.has('OrderConfirmed')) return facts.has('ShipmentDispatched') ? 'dispatched' : 'confirmed';
  return facts.has('OrderCreated') ? 'created' : 'unknown';
}

/** Nothing is left to do: the goods have arrived, or nobody holds stock or money for the order any more. */
export function hasEnded(facts: Facts): boolean {
  return ['completed', 'cancelled'].includes(status(facts));
}

/** Why an order is cancelled, as far as is known. */
export function cancellationReason(facts: Facts): CancellationReason {
  return facts.has('StockRejected') ? 'out-of-stock' : 'payment-declined';
}

/** Both services have said that they hold nothing: because they never did, or because they gave it back. */
function isGivenBack(facts: Facts): boolean {
  const stock = facts.has('StockRejected') || facts.has('StockReleased');
  const money = facts.has('PaymentFailed') || facts.has('PaymentRefunded');
  return stock && money;
}
