/** Calls of a dependency that began in one stretch of time. */
export interface Slice {
  /** In milliseconds since 1970. */
  readonly from: number;
  readonly calls: number;
  readonly failures: number;
}

/** What all function instances know together of one dependency. Times are in milliseconds since 1970. */
export interface Circuit {
  readonly state: 'closed' | 'open';
  /** How often the state has changed: each change has its number. */
  readonly changes: number;
  readonly changedAt: number;
  /** While closed: the calls of the window. */
  readonly calls: readonly Slice[];
  /** While open: how many probes have failed, when the next may be made, and which one is being made. */
  readonly failedProbes: number;
  readonly probeAt: number;
  readonly probe?: Probe;
}

/** One message's permission to try a dependency whose circuit is open. */
export interface Probe {
  readonly messageId: string;
  /** Until when: a probe whose function died must not block the others for ever. */
  readonly until: number;
}

/** When a circuit opens, and for how long. */
export interface CircuitPolicy {
  /** Opens when so many of the window's calls have failed: more than 0, at most 1. */
  readonly failureRate: number;
  /** With fewer calls than this in the window, nothing is concluded. */
  readonly minimumCalls: number;
  readonly windowSeconds: number;
  /** How long nothing is tried; doubles with each probe that fails. */
  readonly openSeconds: number;
  readonly maxOpenSeconds: number;
  /** After this a probe is taken for lost. Must exceed the function's time-out. */
  readonly probeSeconds: number;
}

/** More would be more exact, and a larger item. */
const SLICES = 6;

export const newCircuit: Circuit = {
  state: 'closed',
  changes: 0,
  changedAt: 0,
  calls: [],
  failedProbes: 0,
  probeAt: 0,
};

/** What a message may do: call the dependency, try it for all others, or wait. */
export function admission({ state, probeAt, probe }: Circuit, now: number): 'call' | 'probe' | 'wait' {
  if (state === 'closed') return 'call';
  return now < probeAt || (probe && now < probe.until) ? 'wait' : 'probe';
}

/** Adds a call to those of the window. What is older is forgotten. */
export function addCall(
  slices: readonly Slice[],
  failed: boolean,
  policy: Pick<CircuitPolicy, 'windowSeconds'>,
  now: number,
): readonly Slice[] {
  const width = (policy.windowSeconds * 1_000) / SLICES;
  const slice = { from: Math.floor(now / width) * width, calls: 1, failures: failed ? 1 : 0 };
  return addCalls(slices, [slice], policy, now);
}

export function addCalls(
  slices: readonly Slice[],
  more: readonly Slice[],
  { windowSeconds }: Pick<CircuitPolicy, 'windowSeconds'>,
  now: number,
): readonly Slice[] {
  const merged = new Map<number, Slice>();
  for (const { from, calls, failures } of [...slices, ...more]) {
    if (from <= now - windowSeconds * 1_000) continue;
    const before = merged.get(from) ?? { calls: 0, failures: 0 };
    merged.set(from, { from, calls: before.calls + calls, failures: before.failures + failures });
  }
  return [...merged.values()].sort((a, b) => a.from - b.from);
}

/** Whether calls have failed lately: then every instance tells of its successes, too. */
export function isTroubled({ calls }: Pick<Circuit, 'calls'>, policy: CircuitPolicy, now: number): boolean {
  return addCalls(calls, [], policy, now).some(({ failures }) => failures > 0);
}

/**
 * The circuit with an instance's calls: open when too many have failed. Results that come when it is open already are of calls
 * from before, and change nothing.
 *
 * @param retryAfterSeconds how long the dependency asked to be left alone
 */
export function reportCalls(
  circuit: Circuit,
  calls: readonly Slice[],
  policy: CircuitPolicy,
  now: number,
  retryAfterSeconds = 0,
): Circuit | undefined {
  if (circuit.state === 'open') return undefined;
  const all = addCalls(circuit.calls, calls, policy, now);
  const total = all.reduce((sum, slice) => sum + slice.calls, 0);
  const failures = all.reduce((sum, slice) => sum + slice.failures, 0);
  const isBroken = failures > 0 && total >= policy.minimumCalls && failures / total >= policy.failureRate;
  if (!isBroken) return { ...circuit, calls: all };
  return {
    state: 'open',
    changes: circuit.changes + 1,
    changedAt: now,
    calls: [],
    failedProbes: 0,
    probeAt: now + pause(0, policy, retryAfterSeconds),
  };
}

/** The circuit while a message probes it; undefined when it may not, since another does or the circuit is closed. */
export function leaseProbe(
  circuit: Circuit,
  messageId: string,
  policy: CircuitPolicy,
  now: number,
): Circuit | undefined {
  if (admission(circuit, now) !== 'probe') return undefined;
  return { ...circuit, probe: { messageId, until: now + policy.probeSeconds * 1_000 } };
}

/**
 * The circuit after a probe; undefined when the probe was taken for lost and another has taken its place.
 *
 * @param result `undecided`: the dependency was not asked, or something else went wrong; the next message may try
 */
export function endProbe(
  circuit: Circuit,
  probe: Probe,
  result: 'succeeded' | 'failed' | 'undecided',
  policy: CircuitPolicy,
  now: number,
  retryAfterSeconds = 0,
): Circuit | undefined {
  const { probe: current, ...open } = circuit;
  if (current?.messageId !== probe.messageId || current.until !== probe.until) return undefined;
  if (result === 'succeeded') return { ...newCircuit, changes: circuit.changes + 1, changedAt: now };
  if (result === 'undecided') return open;
  const failedProbes = circuit.failedProbes + 1;
  return { ...open, failedProbes, probeAt: now + pause(failedProbes, policy, retryAfterSeconds) };
}

/**
 * How long a message waits while the circuit is open, in seconds: until the next probe, and up to one more pause, so that those
 * who waited together do not come back together. The pause is as long as it has become: with the first one, as many as come in
 * a moment would each come back in vain while one of them probes.
 */
export function waitSeconds(
  { probeAt, failedProbes }: Circuit,
  policy: CircuitPolicy,
  now: number,
  random: () => number,
): number {
  const spread = random() * pause(failedProbes, policy);
  return Math.max(1, (Math.max(0, probeAt - now) + spread) / 1_000);
}

/** How long nothing is tried after so many probes in vain, in milliseconds. */
function pause(failedProbes: number, { openSeconds, maxOpenSeconds }: CircuitPolicy, retryAfterSeconds = 0): number {
  const doubled = Math.max(retryAfterSeconds, openSeconds * 2 ** failedProbes);
  return Math.min(maxOpenSeconds, doubled) * 1_000;
}
