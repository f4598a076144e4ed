/** A condition on a set of facts: all of `all`, any of `any` (if given), and none of `none`. */
export interface Condition<Fact extends string> {
  readonly all: readonly Fact[];
  readonly any?: readonly Fact[];
  readonly none?: readonly Fact[];
}

/** Something that a process waits for: any of the facts `for`, which follow from the decisions `from`. */
export interface Wait<Fact extends string, Decision extends string> {
  readonly for: readonly Fact[];
  readonly from: readonly Decision[];
}

/** The meaning of a set of facts, and what the process waits for then. */
export interface StatusRule<Status extends string, Fact extends string, Decision extends string>
  extends Condition<Fact> {
  readonly status: Status;
  /** @default nothing */
  readonly waits?: readonly Wait<Fact, Decision>[];
  /** The final status that follows as soon as nothing is waited for. @default the status stays */
  readonly whenDone?: Status;
  /** Nothing will change any more. @default false */
  readonly final?: boolean;
}

/** A process as data. */
export interface ProcessDefinition<
  Arrival extends string,
  Decision extends string,
  Status extends string,
  Step extends string,
> {
  /** Every fact that comes from outside, with what must have happened before it in a world where nothing overtakes. */
  readonly arrivals: Readonly<Record<Arrival, Condition<NoInfer<Arrival | Decision>>>>;
  /** Each decision is taken once, as soon as one of its conditions holds. It is a fact for the next. */
  readonly decisions: readonly (Condition<NoInfer<Arrival | Decision>> & { readonly decide: Decision })[];
  /** The first rule whose condition holds gives the status: put the most advanced first, and one with `all: []` last. */
  readonly statuses: readonly StatusRule<Status, NoInfer<Arrival | Decision>, NoInfer<Decision>>[];
  /** Actions to take outside, the most urgent first. @default none */
  readonly steps?: readonly (Condition<NoInfer<Arrival | Decision>> & { readonly step: Step })[];
}

/** A decision table over a set of facts. Facts arrive in any order, twice or late: the same set has the same outcome. */
export interface Process<
  Arrival extends string = string,
  Decision extends string = string,
  Status extends string = string,
  Step extends string = string,
> {
  readonly definition: ProcessDefinition<Arrival, Decision, Status, Step>;
  /** Carries types only, never a value. */
  readonly types?: {
    readonly arrival: Arrival;
    readonly decision: Decision;
    readonly status: Status;
    readonly step: Step;
  };
  /** The decisions that follow from the facts now, in order. */
  readonly decide: (facts: ReadonlySet<Arrival | Decision>) => Decision[];
  /** @throws Error when no rule holds */
  readonly status: (facts: ReadonlySet<Arrival | Decision>) => Status;
  /** What the process waits for; nothing once it has ended. */
  readonly waitingFor: (facts: ReadonlySet<Arrival | Decision>) => readonly Wait<Arrival | Decision, Decision>[];
  readonly hasEnded: (facts: ReadonlySet<Arrival | Decision>) => boolean;
  /** The next action to take outside; undefined when there is none. */
  readonly nextStep: (facts: ReadonlySet<Arrival | Decision>) => Step | undefined;
}

interface Typed {
  readonly types?: {
    readonly arrival: string;
    readonly decision: string;
    readonly status: string;
    readonly step: string;
  };
}

/** The names in a process's tables: `DecisionOf<typeof orderProcess>`. */
export type ArrivalOf<P extends Typed> = NonNullable<P['types']>['arrival'];
export type DecisionOf<P extends Typed> = NonNullable<P['types']>['decision'];
export type FactOf<P extends Typed> = ArrivalOf<P> | DecisionOf<P>;
export type StatusOf<P extends Typed> = NonNullable<P['types']>['status'];
export type StepOf<P extends Typed> = NonNullable<P['types']>['step'];

/**
 * Defines a process that depends on the set of its facts, never on the order in which they arrive.
 *
 * @example
 * const visit = defineProcess({
 *   arrivals: { Booked: { all: [] }, Paid: { all: ['Booked'] } },
 *   decisions: [{ decide: 'Confirmed', all: ['Booked', 'Paid'] }],
 *   statuses: [
 *     { status: 'confirmed', all: ['Confirmed'], final: true },
 *     { status: 'open', all: [], waits: [{ for: ['Paid'], from: [] }] },
 *   ],
 * });
 * visit.decide(new Set(['Paid', 'Booked'])); // ['Confirmed']
 */
export function defineProcess<
  Arrival extends string,
  Decision extends string,
  Status extends string,
  Step extends string = never,
>(definition: ProcessDefinition<Arrival, Decision, Status, Step>): Process<Arrival, Decision, Status, Step> {
  type Facts = ReadonlySet<Arrival | Decision>;
  const ruleFor = (facts: Facts) => {
    const rule = definition.statuses.find((one) => holds(one, facts));
    if (rule) return rule;
    throw new Error(`No status for ${[...facts].join(', ') || 'no facts'}: end "statuses" with a rule of all: [].`);
  };
  const openWaits = ({ waits = [] }: Pick<ReturnType<typeof ruleFor>, 'waits'>, facts: Facts) =>
    waits.filter((wait) => !wait.for.some((fact) => facts.has(fact)));

  return {
    definition,
    decide(facts) {
      const known = new Set(facts);
      const taken: Decision[] = [];
      const next = () => definition.decisions.find((one) => !known.has(one.decide) && holds(one, known))?.decide;
      for (let decision = next(); decision !== undefined; decision = next()) {
        known.add(decision);
        taken.push(decision);
      }
      return taken;
    },
    status(facts) {
      const rule = ruleFor(facts);
      return rule.whenDone !== undefined && openWaits(rule, facts).length === 0 ? rule.whenDone : rule.status;
    },
    waitingFor: (facts) => openWaits(ruleFor(facts), facts),
    hasEnded(facts) {
      const rule = ruleFor(facts);
      return rule.final === true || (rule.whenDone !== undefined && openWaits(rule, facts).length === 0);
    },
    nextStep: (facts) => definition.steps?.find((one) => holds(one, facts))?.step,
  };
}

/** Whether a condition holds for a set of facts. */
export function holds<Fact extends string>({ all, any, none }: Condition<Fact>, facts: ReadonlySet<Fact>): boolean {
  return (
    all.every((fact) => facts.has(fact)) &&
    (!any || any.some((fact) => facts.has(fact))) &&
    !none?.some((fact) => facts.has(fact))
  );
}
