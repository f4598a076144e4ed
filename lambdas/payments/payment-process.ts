/** What payments learns of an order's money: from orders, and from the provider. */
export type Arrival =
  | 'OrderCreated'
  | 'OrderCancelled'
  /** The provider knows of the charge; what becomes of it is still open. */
  | 'ChargeAccepted'
  | 'ChargeSucceeded'
  | 'ChargeDeclined'
  /** There is no charge for this order, and there never will be. */
  | 'ChargeRuledOut'
  | 'ChargeRefunded';

/** What payments decides: the events that it publishes on the bus. */
export type Decision = 'PaymentRequested' | 'PaymentCompleted' | 'PaymentFailed' | 'PaymentRefunded';

export type Fact = Arrival | Decision;

/** The state of a payment is the set of facts it knows, and nothing else: in which order they came cannot matter. */
export type Facts = ReadonlySet<Fact>;

/** What can be asked of the provider. */
export type Step = 'charge' | 'ruleOut' | 'lookUp' | 'refund';

/** Something that holds as soon as all of `all` are known, and none of `none`. */
interface Condition {
  readonly all: readonly Fact[];
  readonly none?: readonly Fact[];
}

/**
 * The process, as data: each decision is taken once, as soon as one of its conditions holds.
 *
 * Once `PaymentRequested` is decided, a charge may exist at the provider at any time: from then on only the provider can say
 * that there is no money to give back.
 */
const decisions: readonly (Condition & { readonly decide: Decision })[] = [
  { decide: 'PaymentRequested', all: ['OrderCreated'], none: ['OrderCancelled'] },
  { decide: 'PaymentCompleted', all: ['ChargeSucceeded'] },
  { decide: 'PaymentRefunded', all: ['PaymentCompleted', 'ChargeRefunded'] },
  { decide: 'PaymentFailed', all: ['ChargeDeclined'] },
  { decide: 'PaymentFailed', all: ['ChargeRuledOut'] },
  { decide: 'PaymentFailed', all: ['OrderCreated', 'OrderCancelled'], none: ['PaymentRequested'] },
];

/** What to ask the provider next. The first that holds. */
const steps: readonly (Condition & { readonly step: Step })[] = [
  { step: 'refund', all: ['ChargeSucceeded', 'OrderCancelled'], none: ['ChargeRefunded'] },
  { step: 'lookUp', all: ['ChargeAccepted'], none: ['ChargeSucceeded', 'ChargeDeclined'] },
  {
    step: 'ruleOut',
    all: ['PaymentRequested', 'OrderCancelled'],
    none: ['ChargeSucceeded', 'ChargeDeclined', 'ChargeRuledOut'],
  },
  { step: 'charge', all: ['PaymentRequested'], none: ['ChargeSucceeded', 'ChargeDeclined', 'ChargeRuledOut'] },
];

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

/** What is to be asked of the provider now; undefined when there is nothing. */
export function nextStep(facts: Facts): Step | undefined {
  return steps.find((one) => holds(one, facts))?.step;
}

/** Where a payment got to. Money is held as long as it is `completed`. */
export type Status = 'requested' | 'completed' | 'failed' | 'cancelled' | 'refunded';

export function status(facts: Facts): Status {
  if (facts.has('PaymentRefunded')) return 'refunded';
  if (facts.has('PaymentCompleted')) return 'completed';
  if (facts.has('ChargeDeclined')) return 'failed';
  return facts.has('OrderCancelled') ? 'cancelled' : 'requested';
}

function holds({ all, none }: Condition, facts: Facts): boolean {
  return all.every((fact) => facts.has(fact)) && !none?.some((fact) => facts.has(fact));
}
