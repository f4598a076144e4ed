import type { Chance, Roll } from './random';
import type { VirtualTime } from './virtual-time';

/** The faults of a step, with their probability in percent. */
export const rates = {
  'crash before': 0.4,
  'crash after': 0.5,
  unreachable: 0.5,
  'done but no answer': 0.5,
  throttled: 0.4,
  conflict: 0.5,
  'refused in part': 2,
  'delivered twice': 2,
  'delivered late': 2,
  'lost on its way': 3,
  'reminder lost': 10,
  'visible too early': 0.5,
  'slow answer': 0.3,
  'takes effect late': 0.4,
  frozen: 0.2,
  'clock skew': 10,
  'old subscriber': 3,
  'old publisher': 20,
  'schedule late': 5,
  'schedule twice': 5,
  'keys unread': 2,
  'torn read': 2,
  'stale index': 20,
  'stale read': 20,
  'provider fails': 2,
  'callback lost': 8,
  'callback twice': 5,
  'callback early': 5,
  // Of worlds, not of steps. See `turns`.
  stopped: 12.5,
  // Consequences of other faults, and what people do about them.
  outage: 0,
  'relay retries used up': 0,
  'stream trimmed': 0,
  'expired in its queue': 0,
  'expired as a dead letter': 0,
  republished: 0,
  replayed: 0,
  'replayed days later': 0,
  'deleted late': 0,
} as const;

export type FaultKind = keyof typeof rates;

/** The kinds that occur only in broken code: all reads of tables are consistent. */
export const ofBrokenCode: ReadonlySet<FaultKind> = new Set(['stale read']);

/** A fault that was injected, and where. */
export interface Fault {
  readonly kind: FaultKind;
  /** The step, by a name that is the same in every run. */
  readonly step: string;
  /** The time at which it began, in milliseconds since 1970. */
  readonly at: number;
}

/** An outage of a service's store. Times are in milliseconds since 1970. */
interface Outage {
  readonly service: string;
  readonly from: number;
  readonly to: number;
}

/** The faults of a world. Ids are those of {@link faultId}. */
export interface FaultsOptions {
  /** Injects only these faults, to shrink a failing run. @default all faults that chance picks */
  readonly only?: ReadonlySet<string>;
  /** Injects these faults, whatever chance picks, and no others. @default chance decides */
  readonly exactly?: ReadonlySet<string>;
  /** Probabilities of some kinds, in percent. @default as the swarm draws them */
  readonly frequent?: Partial<Readonly<Record<FaultKind, number>>>;
}

/** The share of worlds without faults. */
const CALM = 0.03;
/** The share of worlds in which writes conflict so often that all tries of a unit of work are used up, and the probability in them. */
const CONTENDED = 0.01;
const CONFLICTS_PERCENT = 40;

/** Decides which faults are injected, and records them. */
export class Faults {
  readonly injected: Fault[] = [];
  /** Whether faults are injected. */
  on = true;
  /** Whether this world has no faults at all, so that nothing may happen twice, not even a delivery. */
  readonly isCalm: boolean;
  /** The ids of all faults that could have been injected, in the order of their steps. Recorded only with `exactly`. */
  readonly possible: string[] = [];
  private readonly outages: Outage[] = [];
  private readonly only?: ReadonlySet<string>;
  private readonly exactly?: ReadonlySet<string>;
  private readonly rates: Readonly<Record<FaultKind, number>>;

  constructor(
    private readonly chance: Chance,
    private readonly time: Pick<VirtualTime, 'now'>,
    { only, exactly, frequent }: FaultsOptions = {},
  ) {
    this.only = only;
    this.exactly = exactly;
    this.isCalm = chance.number('calm') < CALM && !exactly && !frequent;
    this.rates = { ...swarm(chance), ...turns(chance.seed), ...frequent };
  }

  /** Plans an outage. */
  plan(outage: Outage): void {
    const fault = { kind: 'outage', step: outage.service, at: outage.from } as const;
    if (this.isCalm || (this.only && !this.only.has(faultId(fault))) || !this.isChosen(fault)) return;
    this.injected.push(fault);
    this.outages.push(outage);
  }

  /** Records what was not decided by chance: the consequence of a fault, or an operator's command. */
  note(kind: FaultKind, step: string): void {
    this.injected.push({ kind, step, at: this.time.now });
  }

  /** Stops the event source mapping of a consumer or a relay for some time. Times are in milliseconds since 1970. */
  stop(consumer: string, from: number, to: number): void {
    this.outages.push({ service: consumer, from, to });
  }

  /** The duration of all outages and stops together, in milliseconds. */
  get downtime(): number {
    return this.outages.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** The time at which a service, or a stopped mapping, works again: now unless it is down. */
  worksAgainAt(name: string): number {
    const { now } = this.time;
    if (!this.on) return now;
    return this.outages.reduce(
      (at, { service, from, to }) => (service === name && from <= at ? Math.max(at, to) : at),
      now,
    );
  }

  isDown(service: string, now: number): boolean {
    return (
      this.on && this.outages.some((outage) => outage.service === service && outage.from <= now && now < outage.to)
    );
  }

  /** Returns the fault at a step, one of the possible kinds. Undefined if there is none. */
  at(name: string, kinds: readonly FaultKind[]): FaultKind | undefined {
    return this.on && !this.isCalm ? this.fall(name, this.chance.roll(`fault ${name}`), kinds) : undefined;
  }

  /** Like `at`, with a roll that the caller has drawn. */
  fall(name: string, roll: Roll, kinds: readonly FaultKind[]): FaultKind | undefined {
    if (!this.on || this.isCalm) return undefined;
    if (this.exactly) return this.choose(`${name}#${roll.count}`, kinds);
    let draw = roll.number(0) * 100;
    for (const kind of kinds) {
      draw -= this.rates[kind];
      if (draw >= 0) continue;
      const step = `${name}#${roll.count}`;
      const fault = { kind, step, at: this.time.now };
      if (this.only && !this.only.has(faultId(fault))) return undefined;
      this.injected.push(fault);
      return kind;
    }
    return undefined;
  }

  private choose(step: string, kinds: readonly FaultKind[]): FaultKind | undefined {
    const [kind] = kinds.filter((one) => rates[one] > 0 && this.isChosen({ kind: one, step }));
    if (kind) this.injected.push({ kind, step, at: this.time.now });
    return kind;
  }

  /** Whether `exactly` allows a fault, which is possible. */
  private isChosen(fault: Pick<Fault, 'kind' | 'step'>): boolean {
    if (!this.exactly) return true;
    const id = faultId(fault);
    this.possible.push(id);
    return this.exactly.has(id);
  }
}

/**
 * Returns the kinds of faults in this world with their probability: some are left out, some are three times as likely. So some
 * worlds have only faults that hide each other otherwise, or that must occur together.
 */
function swarm(chance: Chance): Record<FaultKind, number> {
  const drawn = Object.entries(rates).map(([kind, rate]) => {
    const number = chance.number(`swarm ${kind}`);
    if (kind === 'conflict' && number > 1 - CONTENDED) return [kind, CONFLICTS_PERCENT];
    return [kind, number < 0.25 ? 0 : number < 0.8 ? rate : 3 * rate];
  });
  return Object.fromEntries(drawn) as Record<FaultKind, number>;
}

/** The faults that worlds take turns to have, so that their consequences are seen in every run of some hundred worlds. */
function turns(seed: number): Partial<Record<FaultKind, number>> {
  return { stopped: seed % (100 / rates.stopped) === 0 ? 100 : 0 };
}

export function faultId({ kind, step }: Pick<Fault, 'kind' | 'step'>): string {
  return `${kind} at ${step}`;
}
