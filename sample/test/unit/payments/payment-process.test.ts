import {
  type Arrival,
  type Decision,
  type Fact,
  paymentProcess,
  type Step,
} from '../../../../lambdas/payments/payment-process';
import { transitionsOf } from '../../../../lambdas/runtime/process/draw';
import { permutations, withDuplicates } from '../../../../test/support/permutations';

/** A step in the life of a payment. `outcome`: the provider decides. `look`: a reminder, which can be late or repeated. */
type LifeStep = 'created' | 'cancelled' | 'collect' | 'outcome' | 'callback' | 'look';

interface Scenario {
  readonly outcome: 'succeeded' | 'declined';
  readonly isCancelled: boolean;
  readonly callback: 'arrives' | 'is lost' | 'arrives before the response';
}

const scenarios = (['succeeded', 'declined'] as const).flatMap((outcome) =>
  [false, true].flatMap((isCancelled) =>
    (['arrives', 'is lost', 'arrives before the response'] as const).map(
      (callback): Scenario => ({ outcome, isCancelled, callback }),
    ),
  ),
);

/** A payment and its provider, connected directly. */
class Model {
  readonly facts = new Set<Fact>();
  readonly decisions: Decision[] = [];
  charge?: 'pending' | 'succeeded' | 'declined' | 'cancelled';
  charges = 0;
  refunds = 0;

  constructor(private readonly scenario: Scenario) {}

  /** Applies a step. @returns false when it is not possible yet */
  apply(lifeStep: LifeStep): boolean {
    const { facts, charge } = this;
    switch (lifeStep) {
      case 'created':
        this.applyFacts('OrderCreated');
        return true;
      case 'cancelled':
        this.applyFacts('OrderCancelled');
        this.ask('refund');
        return true;
      case 'collect':
        if (facts.has('PaymentRequested')) this.ask('charge', 'ruleOut', 'refund');
        return facts.has('PaymentRequested') || facts.has('PaymentFailed');
      case 'outcome':
        if (charge === 'pending') this.charge = this.scenario.outcome;
        return charge !== undefined || facts.has('PaymentFailed');
      case 'callback':
        if (charge === 'succeeded' || charge === 'declined') this.receiveCallback();
        return charge !== undefined ? charge !== 'pending' : facts.has('PaymentFailed');
      case 'look':
        this.ask('lookUp', 'refund');
        return true;
    }
  }

  private applyFacts(...arrivals: Arrival[]): void {
    for (const arrival of arrivals) this.facts.add(arrival);
    for (const decision of paymentProcess.decide(this.facts)) {
      this.facts.add(decision);
      this.decisions.push(decision);
    }
  }

  private receiveCallback(): void {
    this.applyCharge();
    this.ask('refund');
  }

  private applyCharge(): void {
    this.applyFacts(this.charge === 'cancelled' ? 'ChargeRuledOut' : 'ChargeAccepted');
    if (this.charge === 'succeeded') this.applyFacts('ChargeSucceeded');
    if (this.charge === 'declined') this.applyFacts('ChargeDeclined');
  }

  private ask(...allowed: Step[]): void {
    for (
      let step = paymentProcess.nextStep(this.facts);
      step && allowed.includes(step);
      step = paymentProcess.nextStep(this.facts)
    ) {
      if (step === 'refund') {
        this.refunds++;
        this.applyFacts('ChargeRefunded');
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
    if (this.scenario.callback !== 'arrives before the response') return;
    this.charge = this.scenario.outcome;
    this.receiveCallback();
  }
}

/** Applies the steps in order. A step that is not possible yet follows as soon as it is. Ends with an outcome and a look-up. */
function run(scenario: Scenario, lifeSteps: readonly LifeStep[]): Model {
  const model = new Model(scenario);
  let waiting: LifeStep[] = [];
  for (const lifeStep of lifeSteps) {
    waiting = [...waiting, lifeStep].filter((one) => !model.apply(one));
  }
  for (const lifeStep of [...waiting, 'outcome', 'look'] as const) model.apply(lifeStep);
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
      const lifeSteps: LifeStep[] = ['created', 'collect', 'outcome', 'look'];
      if (scenario.isCancelled) lifeSteps.push('cancelled');
      if (scenario.callback === 'arrives') lifeSteps.push('callback');
      for (const doubled of withDuplicates(lifeSteps)) {
        for (const order of permutations(doubled)) {
          runs++;
          const fault = faultOf(scenario, run(scenario, order));
          if (fault) throw new Error(`${JSON.stringify(scenario)}, ${order.join(', ')}: ${fault}`);
        }
      }
    }
    console.log(`${runs} orders of arrival of a payment's facts, in ${scenarios.length} scenarios: all end correctly.`);
    expect(runs).toBeGreaterThan(100_000);
  }, 60_000);

  it('keeps the money without a cancellation, and collects none after one that is in time', () => {
    const [scenario] = scenarios;
    if (!scenario) throw new Error('There are no scenarios.');
    expect(run(scenario, ['created', 'collect', 'outcome', 'callback']).decisions).toEqual([
      'PaymentRequested',
      'PaymentCompleted',
    ]);
    const cancelled = run({ ...scenario, isCancelled: true }, ['created', 'cancelled', 'collect']);
    expect([cancelled.charge, cancelled.decisions]).toEqual(['cancelled', ['PaymentRequested', 'PaymentFailed']]);
  });

  it.each<[Fact, needs: Fact[], excludes: Fact[]]>([
    ['OrderCancelled', ['OrderCreated'], []],
    ['ChargeAccepted', ['PaymentRequested'], ['ChargeRuledOut']],
    ['ChargeSucceeded', ['ChargeAccepted'], ['ChargeDeclined']],
    ['ChargeDeclined', ['ChargeAccepted'], ['ChargeSucceeded']],
    ['ChargeRuledOut', ['PaymentRequested', 'OrderCancelled'], ['ChargeAccepted']],
    ['ChargeRefunded', ['ChargeSucceeded', 'OrderCancelled'], []],
  ])('has %s only after %j and never with %j, if no event overtakes another', (fact, needs, excludes) => {
    const reached = [...transitionsOf(paymentProcess)].map(({ after }) => after).filter((facts) => facts.has(fact));
    expect(reached.length).toBeGreaterThan(0);
    for (const facts of reached) {
      expect([needs.every((one) => facts.has(one)), excludes.some((one) => facts.has(one))]).toEqual([true, false]);
    }
  });

  it('decides nothing before its order is created', () => {
    for (const facts of [[], ['OrderCancelled']] as const) expect(paymentProcess.decide(new Set(facts))).toEqual([]);
  });

  it('is not requested when the cancellation arrives first', () => {
    const facts = new Set<Fact>(['OrderCancelled', 'OrderCreated']);
    expect(paymentProcess.decide(facts)).toEqual(['PaymentFailed']);
    expect(paymentProcess.nextStep(new Set([...facts, ...paymentProcess.decide(facts)]))).toBeUndefined();
  });
});
