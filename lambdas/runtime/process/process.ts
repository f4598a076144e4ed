/** A condition on a set of facts. It holds if its three parts hold. */
export interface Condition<Fact extends string> {
  /** The set contains all of these facts. An empty list always holds. */
  readonly all: readonly Fact[];
  /** The set contains at least one of these facts. @default always holds */
  readonly any?: readonly Fact[];
  /** The set contains none of these facts. @default always holds */
  readonly none?: readonly Fact[];
}

/** An open question of a process. */
export interface Wait<Fact extends string, Decision extends string> {
  /** The possible answers: the wait ends with any one of these facts. */
  readonly for: readonly Fact[];
  /** The decisions that ask for the answer. If it does not arrive, publish them again. */
  readonly from: readonly Decision[];
}

/** A status, the facts that it follows from, and its open questions. */
export interface StatusRule<Status extends string, Fact extends string, Decision extends string>
  extends Condition<Fact> {
  /** The status that applies if the condition holds. */
  readonly status: Status;
  /** The open questions of this status. @default none */
  readonly waits?: readonly Wait<Fact, Decision>[];
  /** The final status, as soon as all waits have ended. @default the status does not change */
  readonly whenDone?: Status;
  /** Whether the process ends with this status. @default false */
  readonly final?: boolean;
}

/** A decision, and one condition under which it is taken. */
export interface DecisionRule<Fact extends string, Decision extends string> extends Condition<Fact> {
  /** The decision. */
  readonly decide: Decision;
}

/** A call of an outside system, and one condition under which it is next. */
export interface StepRule<Fact extends string, Step extends string> extends Condition<Fact> {
  /** The step. */
  readonly step: Step;
}

/** The tables of a process. */
export interface ProcessDefinition<
  Arrival extends string,
  Decision extends string,
  Status extends string,
  Step extends string,
> {
  /**
   * Every fact from outside, with the condition under which it happens if no event overtakes another. The condition is for the
   * diagram only: the process accepts arrivals in any order.
   */
  readonly arrivals: Readonly<Record<Arrival, Condition<NoInfer<Arrival | Decision>>>>;
  /**
   * Decisions. Each is taken once, as soon as one of its conditions holds, and is then a fact itself. If several are possible, the
   * first is taken first.
   */
  readonly decisions: readonly DecisionRule<NoInfer<Arrival | Decision>, Decision>[];
  /** Statuses. The first whose condition holds applies: list the most advanced first, and end with one of `all: []`. */
  readonly statuses: readonly StatusRule<Status, NoInfer<Arrival | Decision>, NoInfer<Decision>>[];
  /** Calls of outside systems. The first whose condition holds is next: list the most urgent first. @default none */
  readonly steps?: readonly StepRule<NoInfer<Arrival | Decision>, Step>[];
}

/**
 * A process whose state is a set of facts. Facts may arrive in any order, twice or late: all results depend on the set alone.
 *
 * A decision is a fact too. Of two decisions that exclude each other by `none`, the one that is possible first is taken, and facts
 * that arrive later cannot revoke it.
 */
export interface Process<
  Arrival extends string = string,
  Decision extends string = string,
  Status extends string = string,
  Step extends string = string,
> {
  /** The tables that it was defined by. */
  readonly definition: ProcessDefinition<Arrival, Decision, Status, Step>;
  /** Carries types only, never a value. */
  readonly types?: ProcessTypes<Arrival, Decision, Status, Step>;
  /** Returns the decisions to take now, in the order in which one makes the next possible. */
  readonly decide: (facts: ReadonlySet<Arrival | Decision>) => Decision[];
  /** Returns the status. @throws Error when no condition of `statuses` holds */
  readonly status: (facts: ReadonlySet<Arrival | Decision>) => Status;
  /** Returns the waits of the status that have not ended. */
  readonly waitingFor: (facts: ReadonlySet<Arrival | Decision>) => readonly Wait<Arrival | Decision, Decision>[];
  /** Whether the status is final. */
  readonly hasEnded: (facts: ReadonlySet<Arrival | Decision>) => boolean;
  /** Returns the next step. Undefined if there is none. */
  readonly nextStep: (facts: ReadonlySet<Arrival | Decision>) => Step | undefined;
}

/** The names in a process, as types. */
export interface ProcessTypes<
  Arrival extends string = string,
  Decision extends string = string,
  Status extends string = string,
  Step extends string = string,
> {
  /** Its arrivals. */
  readonly arrival: Arrival;
  /** Its decisions. */
  readonly decision: Decision;
  /** Its statuses. */
  readonly status: Status;
  /** Its steps. */
  readonly step: Step;
}

/** The arrivals of a process, as a union of literals: `ArrivalOf<typeof orderProcess>`. */
export type ArrivalOf<P extends Pick<Process, 'types'>> = NonNullable<P['types']>['arrival'];
/** The decisions of a process. */
export type DecisionOf<P extends Pick<Process, 'types'>> = NonNullable<P['types']>['decision'];
/** The arrivals and decisions of a process. */
export type FactOf<P extends Pick<Process, 'types'>> = ArrivalOf<P> | DecisionOf<P>;
/** The statuses of a process. */
export type StatusOf<P extends Pick<Process, 'types'>> = NonNullable<P['types']>['status'];
/** The steps of a process. */
export type StepOf<P extends Pick<Process, 'types'>> = NonNullable<P['types']>['step'];

/**
 * Defines a process by its tables. All names are inferred from them, so a misspelt fact does not compile.
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

/** Whether a set of facts meets a condition. */
export function holds<Fact extends string>({ all, any, none }: Condition<Fact>, facts: ReadonlySet<Fact>): boolean {
  return (
    all.every((fact) => facts.has(fact)) &&
    (!any || any.some((fact) => facts.has(fact))) &&
    !none?.some((fact) => facts.has(fact))
  );
}
