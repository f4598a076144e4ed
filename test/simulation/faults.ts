import type { Chance, Roll } from './random';
import type { VirtualTime } from './virtual-time';

/** The faults of a step, with their probability in percent. */
export const rates = {
  'crash before': 0.6,
  'crash after': 0.6,
  unreachable: 1,
  'done but no answer': 0.8,
  throttled: 0.8,
  conflict: 1,
  'refused in part': 2,
  'delivered twice': 2,
  'delivered late': 2,
  'lost on its way': 3,
  'reminder lost': 10,
  'visible too early': 0.5,
  'slow answer': 0.5,
  'takes effect late': 0.5,
  'keys unread': 2,
  'torn read': 2,
  'stale index': 20,
  'provider fails': 2,
  'callback lost': 8,
  'callback twice': 5,
  'callback early': 5,
  outage: 0,
} as const;

export type FaultKind = keyof typeof rates;

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

/** Decides which faults are injected, and records them. */
export class Faults {
  readonly injected: Fault[] = [];
  /** Whether faults are injected. */
  on = true;
  private readonly outages: Outage[] = [];
  private readonly rates: Readonly<Record<FaultKind, number>>;

  /** @param only injects only these faults, to shrink a failing run. Default: all faults that chance picks */
  constructor(
    private readonly chance: Chance,
    private readonly time: Pick<VirtualTime, 'now'>,
    private readonly only?: ReadonlySet<string>,
  ) {
    this.rates = swarm(chance);
  }

  /** Plans an outage. */
  plan(outage: Outage): void {
    const fault = { kind: 'outage', step: outage.service, at: outage.from } as const;
    if (this.only && !this.only.has(faultId(fault))) return;
    this.injected.push(fault);
    this.outages.push(outage);
  }

  isDown(service: string, now: number): boolean {
    return (
      this.on && this.outages.some((outage) => outage.service === service && outage.from <= now && now < outage.to)
    );
  }

  /** Returns the fault at a step, one of the possible kinds. Undefined if there is none. */
  at(name: string, kinds: readonly FaultKind[]): FaultKind | undefined {
    return this.on ? this.fall(name, this.chance.roll(`fault ${name}`), kinds) : undefined;
  }

  /** Like `at`, with a roll that the caller has drawn. */
  fall(name: string, roll: Roll, kinds: readonly FaultKind[]): FaultKind | undefined {
    if (!this.on) return undefined;
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
}

/**
 * Returns the kinds of faults in this world with their probability: some are left out, some are three times as likely. So some
 * worlds have only faults that hide each other otherwise, or that must occur together.
 */
function swarm(chance: Chance): Record<FaultKind, number> {
  const drawn = Object.entries(rates).map(([kind, rate]) => {
    const number = chance.number(`swarm ${kind}`);
    return [kind, number < 0.25 ? 0 : number < 0.8 ? rate : 3 * rate];
  });
  return Object.fromEntries(drawn) as Record<FaultKind, number>;
}

export function faultId({ kind, step }: Pick<Fault, 'kind' | 'step'>): string {
  return `${kind} at ${step}`;
}
