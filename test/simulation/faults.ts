import type { Chance, Roll } from './random';
import type { VirtualTime } from './virtual-time';

/** What can go wrong at one step, and how often in a hundred. */
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
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
}

/** A service that cannot be reached for a while: from when to when, in milliseconds since 1970. */
interface Outage {
  readonly service: string;
  readonly from: number;
  readonly to: number;
}

/** Decides what goes wrong, and remembers it. */
export class Faults {
  readonly injected: Fault[] = [];
  /** Once off, the world is well behaved. */
  on = true;
  private readonly outages: Outage[] = [];

  /** @param only when given, these faults alone are injected: how a failing history is made smaller */
  constructor(
    private readonly chance: Chance,
    private readonly time: Pick<VirtualTime, 'now'>,
    private readonly only?: ReadonlySet<string>,
  ) {}

  /** Has a service's store out of reach for a while. */
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

  /** The fault at this step, if any, of the kinds that are possible there. */
  at(name: string, kinds: readonly FaultKind[]): FaultKind | undefined {
    return this.on ? this.fall(name, this.chance.roll(`fault ${name}`), kinds) : undefined;
  }

  /** The same, where chance was asked already. */
  fall(name: string, roll: Roll, kinds: readonly FaultKind[]): FaultKind | undefined {
    if (!this.on) return undefined;
    let draw = roll.number(0) * 100;
    for (const kind of kinds) {
      draw -= rates[kind];
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

export function faultId({ kind, step }: Pick<Fault, 'kind' | 'step'>): string {
  return `${kind} at ${step}`;
}
