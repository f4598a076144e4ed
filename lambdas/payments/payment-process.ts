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
 * After `PaymentRequested`, a charge can exist at the provider at any time. From then on, only the provider can confirm that there
 * is no money to refund.
 */
export const paymentProcess = defineProcess({
  arrivals: {
    OrderCreated: { all: [] },
    OrderCancelled: { all: ['OrderCreated'] },
    /** The provider has the charge. Its outcome is pending. */
    ChargeAccepted: { all: ['PaymentRequested'], none: ['ChargeRuledOut'] },
    ChargeSucceeded: { all: ['ChargeAccepted'], none: ['ChargeDeclined'] },
    ChargeDeclined: { all: ['ChargeAccepted'], none: ['ChargeSucceeded'] },
    /** The provider has confirmed that it will never make a charge for this order. */
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

  /** A payment holds money only while it is `completed`. */
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
