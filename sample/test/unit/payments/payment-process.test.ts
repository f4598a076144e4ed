import {
  type Arrival,
  type Decision,
  type Fact,
  paymentProcess,
  type Step,
} from '../../../../lambdas/payments/payment-process';
import { permutations, withDuplicates } from '../../../../test/support/permutations';

/** What may happen to one payment; `look` is a reminder, and may come late or twice. */
type Happening = 'created' | 'cancelled' | 'collect' | 'settle' | 'callback' | 'look';

interface Scenario {
  readonly outcome: 'succeeded' | 'declined';
  readonly isCancelled: boolean;
  readonly callback: 'comes' | 'is lost' | 'comes before the answer';
}

const scenarios = (['succeeded', 'declined'] as const).flatMap((outcome) =>
  [false, true].flatMap((isCancelled) =>
    (['comes', 'is lost', 'comes before the answer'] as const).map(
      (callback): Scenario => ({ outcome, isCancelled, callback }),
    ),
  ),
);

/** A payment and its provider, without anything between them. */
class Model {
  readonly facts = new Set<Fact>();
  readonly decisions: Decision[] = [];
  charge?: 'pending' | 'succeeded' | 'declined' | 'cancelled';
  charges = 0;
  refunds = 0;

  constructor(private readonly scenario: Scenario) {}

  /** @returns false when it cannot happen yet */
  happen(happening: Happening): boolean {
    const { facts, charge } = this;
    switch (happening) {
      case 'created':
        this.learn('OrderCreated');
        return true;
      case 'cancelled':
        this.learn('OrderCancelled');
        this.ask('refund');
        return true;
      case 'collect':
        if (facts.has('PaymentRequested')) this.ask('charge', 'ruleOut', 'refund');
        return facts.has('PaymentRequested') || facts.has('PaymentFailed');
      case 'settle':
        if (charge === 'pending') this.charge = this.scenario.outcome;
        return charge !== undefined || facts.has('PaymentFailed');
      case 'callback':
        if (charge === 'succeeded' || charge === 'declined') this.tell();
        return charge !== undefined ? charge !== 'pending' : facts.has('PaymentFailed');
      case 'look':
        this.ask('lookUp', 'refund');
        return true;
    }
  }

  private learn(...arrivals: Arrival[]): void {
    for (const arrival of arrivals) this.facts.add(arrival);
    for (const decision of paymentProcess.decide(this.facts)) {
      this.facts.add(decision);
      this.decisions.push(decision);
    }
  }

  private tell(): void {
    this.applyCharge();
    this.ask('refund');
  }

  private applyCharge(): void {
    this.learn(this.charge === 'cancelled' ? 'ChargeRuledOut' : 'ChargeAccepted');
    if (this.charge === 'succeeded') this.learn('ChargeSucceeded');
    if (this.charge === 'declined') this.learn('ChargeDeclined');
  }

  private ask(...allowed: Step[]): void {
    for (
      let step = paymentProcess.nextStep(this.facts);
      step && allowed.includes(step);
      step = paymentProcess.nextStep(this.facts)
    ) {
      if (step === 'refund') {
        this.refunds++;
        this.learn('ChargeRefunded');
        continue;
      }
      if (step === 'charge' && this.charge === undefined) this.makeCharge();
      if (step === 'ruleOut') this.charge ??= 'cancelled';
      this.applyCharge();
      if (this.charge === 'pending') return;
    }
  }

  private makeCharge(): void {
    this.charges++;
    this.charge = 'pending';
    if (this.scenario.callback !== 'comes before the answer') return;
    this.charge = this.scenario.outcome;
    this.tell();
  }
}

/** What cannot happen yet happens as soon as it can; what is pending is looked for until it is settled. */
function run(scenario: Scenario, happenings: readonly Happening[]): Model {
  const model = new Model(scenario);
  let waiting: Happening[] = [];
  for (const happening of happenings) {
    waiting = [...waiting, happening].filter((one) => !model.happen(one));
  }
  for (const happening of [...waiting, 'settle', 'look'] as const) model.happen(happening);
  return model;
}

function faultOf({ isCancelled }: Scenario, { decisions, charge, charges, refunds }: Model): string | undefined {
  const count = (decision: Decision) => decisions.filter((one) => one === decision).length;
  const [completed, failed, refunded] = [count('PaymentCompleted'), count('PaymentFailed'), count('PaymentRefunded')];
  if (completed + failed !== 1) return `${completed} times completed and ${failed} times failed`;
  if (refunded !== (completed === 1 && isCancelled ? 1 : 0)) return `${refunded} times refunded`;
  if (charges > 1 || refunds !== refunded) return `${charges} charges and ${refunds} refunds at the provider`;
  if ((charge === 'succeeded') !== (completed === 1)) return `the charge is ${charge}`;
  return undefined;
}

describe('a payment', () => {
  it('ends the same in every order of arrival, with duplicates and late reminders', () => {
    let runs = 0;
    for (const scenario of scenarios) {
      const happenings: Happening[] = ['created', 'collect', 'settle', 'look'];
      if (scenario.isCancelled) happenings.push('cancelled');
      if (scenario.callback === 'comes') happenings.push('callback');
      for (const doubled of withDuplicates(happenings)) {
        for (const order of permutations(doubled)) {
          runs++;
          const fault = faultOf(scenario, run(scenario, order));
          if (fault) throw new Error(`${JSON.stringify(scenario)}, ${order.join(', ')}: ${fault}`);
        }
      }
    }
    console.log(
      `${runs} orders of arrival of a payment's facts, in ${scenarios.length} scenarios: all end as they must.`,
    );
    expect(runs).toBeGreaterThan(100_000);
  }, 60_000);

  it('that is not cancelled keeps the money, and one that is cancelled in time takes none', () => {
    const [scenario] = scenarios;
    if (!scenario) throw new Error('There are no scenarios.');
    expect(run(scenario, ['created', 'collect', 'settle', 'callback']).decisions).toEqual([
      'PaymentRequested',
      'PaymentCompleted',
    ]);
    const cancelled = run({ ...scenario, isCancelled: true }, ['created', 'cancelled', 'collect']);
    expect([cancelled.charge, cancelled.decisions]).toEqual(['cancelled', ['PaymentRequested', 'PaymentFailed']]);
  });

  it('is not even requested when the cancellation came first', () => {
    const facts = new Set<Fact>(['OrderCancelled', 'OrderCreated']);
    expect(paymentProcess.decide(facts)).toEqual(['PaymentFailed']);
    expect(paymentProcess.nextStep(new Set([...facts, ...paymentProcess.decide(facts)]))).toBeUndefined();
  });
});
