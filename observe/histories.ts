/**
 * Checkers of histories: what outsiders saw of a system, as plain values. They know no service and no store, so the simulation and
 * the tests of a deployed system use the same ones. The checks are those of Jepsen: `total-queue`, `unique-ids` and `monotonic`.
 */

/** What was sent to a system and what happened because of it, by id. An id is repeated as often as it was seen. */
export interface QueueHistory {
  /** What can have an effect, including requests without an answer. */
  readonly attempted: Iterable<string>;
  /** What the system has accepted. Each must have exactly one effect. */
  readonly accepted: Iterable<string>;
  readonly effects: Iterable<string>;
}

export interface QueueFindings {
  /** Accepted, without an effect. */
  readonly lost: readonly string[];
  /** With several effects. */
  readonly repeated: readonly { readonly id: string; readonly times: number }[];
  /** Effects of what nobody has attempted. */
  readonly unexpected: readonly string[];
}

/** Finds what was accepted and is lost, what happened twice, and what came from nowhere. */
export function checkQueue({ attempted, accepted, effects }: QueueHistory): QueueFindings {
  const counts = new Map<string, number>();
  for (const id of effects) counts.set(id, (counts.get(id) ?? 0) + 1);
  const possible = new Set(attempted);
  return {
    lost: [...new Set(accepted)].filter((id) => !counts.has(id)),
    repeated: [...counts].filter(([, times]) => times > 1).map(([id, times]) => ({ id, times })),
    unexpected: [...counts.keys()].filter((id) => !possible.has(id)),
  };
}

/** Returns the ids that were seen with several contents. The same content may be seen several times. */
export function findSharedIds(seen: Iterable<readonly [id: string, content: string]>): string[] {
  const contents = new Map<string, string>();
  const shared = new Set<string>();
  for (const [id, content] of seen) {
    if ((contents.get(id) ?? content) !== content) shared.add(id);
    contents.set(id, content);
  }
  return [...shared];
}

/** A status that changed in a forbidden way. */
export interface Regression {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** The statuses of one kind of thing as they were seen, in order of time. Finds those that went back. */
export class StatusHistory {
  readonly regressions: Regression[] = [];
  private readonly last = new Map<string, string>();

  /** @param next status → the statuses that can follow it at once or later. A status without an entry is final */
  constructor(private readonly next: Readonly<Record<string, readonly string[]>>) {}

  /** The last status that was seen. */
  statusOf(id: string): string | undefined {
    return this.last.get(id);
  }

  /** Adds an observation, later than all before. @returns the regression, if it is one */
  see(id: string, to: string): Regression | undefined {
    const from = this.last.get(id) ?? to;
    this.last.set(id, to);
    if (from === to || this.next[from]?.includes(to)) return undefined;
    const regression = { id, from, to };
    this.regressions.push(regression);
    return regression;
  }
}
