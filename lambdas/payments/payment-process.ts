import {
  type ArrivalOf,
  type DecisionOf,
  defineProcess,
  type FactOf,
  type StatusOf,
  type StepOf,
} from '../runtime/process/process';

/**
 * The payment process. Its decisions are the events that `payments` publishes on the bus, its steps the calls to the provider.
 *
 * After `PaymentRequested`, a charge may exist at the provider at any time: from then on only the provider can say that there is
 * no money to refund.
 */
export const paymentProcess = defineProcess({
  arrivals: {
    OrderCreated: { all: [] },
    OrderCancelled: { all: ['OrderCreated'] },
    /** The provider knows the charge; its outcome is open. */
    ChargeAccepted: { all: ['PaymentRequested'] },
    ChargeSucceeded: { all: ['ChargeAccepted'], none: ['ChargeDeclined'] },
    ChargeDeclined: { all: ['ChargeAccepted'], none: ['ChargeSucceeded'] },
    /** There is no charge for this order, and there never will be. */
    ChargeRuledOut: { all: ['PaymentRequested', 'OrderCancelled'], none: ['ChargeAccepted'] },
    ChargeRefunded: { all: ['ChargeSucceeded', 'OrderCancelled'] },
  },

  decisions: [
    { decide: 'PaymentRequested', all: ['OrderCreated'], none: ['OrderCancelled'] },
    { decide: 'PaymentCompleted', all: ['ChargeSucceeded'] },
    { decide: 'PaymentRefunded', all: ['PaymentCompleted', 'ChargeRefunded'] },
    { decide: 'PaymentFailed', all: ['ChargeDeclined'] },
    { decide: 'PaymentFailed', all: ['ChargeRuledOut'] },
    { decide: 'PaymentFailed', all: ['OrderCreated', 'OrderCancelled'], none: ['PaymentRequested'] },
  ],

  steps: [
    { step: 'refund', all: ['ChargeSucceeded', 'OrderCancelled'], none: ['ChargeRefunded'] },
    { step: 'lookUp', all: ['ChargeAccepted'], none: ['ChargeSucceeded', 'ChargeDeclined'] },
    {
      step: 'ruleOut',
      all: ['PaymentRequested', 'OrderCancelled'],
      none: ['ChargeSucceeded', 'ChargeDeclined', 'ChargeRuledOut'],
    },
    { step: 'charge', all: ['PaymentRequested'], none: ['ChargeSucceeded', 'ChargeDeclined', 'ChargeRuledOut'] },
  ],

  /** Money is held while a payment is `completed`. */
  statuses: [
    { status: 'refunded', all: ['PaymentRefunded'], final: true },
    { status: 'completed', all: ['PaymentCompleted'] },
    { status: 'failed', all: ['ChargeDeclined'], final: true },
    { status: 'cancelled', all: ['OrderCancelled'] },
    { status: 'requested', all: [] },
  ],
});

export type Arrival = ArrivalOf<typeof paymentProcess>;
export type Decision = DecisionOf<typeof paymentProcess>;
export type Fact = FactOf<typeof paymentProcess>;
export type Status = StatusOf<typeof paymentProcess>;
export type Step = StepOf<typeof paymentProcess>;
