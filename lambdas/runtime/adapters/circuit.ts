/** The calls of a dependency that ended in one part of the window. */
export interface Slice {
  /** The start of the part, in milliseconds since 1970. */
  readonly from: number;
  readonly calls: number;
  readonly failures: number;
}

/** The circuit of a dependency, which all function instances of a service share. Times are in milliseconds since 1970. */
export interface Circuit {
  readonly state: 'closed' | 'open';
  /** The number of state changes so far, which identifies the latest change. */
  readonly changes: number;
  readonly changedAt: number;
  /** While closed: the calls of the window. */
  readonly calls: readonly Slice[];
  /** While open: the number of failed probes. */
  readonly failedProbes: number;
  /** While open: the time from which the next probe is allowed. */
  readonly probeAt: number;
  /** While open: the latest probe without a result. */
  readonly probe?: Probe;
}

/** One message's lease to call a dependency whose circuit is open. */
export interface Probe {
  readonly messageId: string;
  /** The end of the lease: a probe whose function crashed must not block the others. */
  readonly until: number;
}

/** The thresholds and durations of a circuit. */
export interface CircuitPolicy {
  /** Failed calls as a fraction of the window's calls, from which the circuit opens. More than 0, at most 1. */
  readonly failureRate: number;
  /** Calls in the window, below which the circuit stays closed. At least 1. */
  readonly minimumCalls: number;
  /** Length of the sliding window, in seconds. */
  readonly windowSeconds: number;
  /** Pause before the first probe, in seconds. It doubles with each failed probe. */
  readonly openSeconds: number;
  /** The longest pause between two probes, in seconds. */
  readonly maxOpenSeconds: number;
  /** Lease of a probe, in seconds. Must exceed the function's timeout, or a second probe starts during the first. */
  readonly probeSeconds: number;
}

/** Parts of the window. More parts make the window more exact and the item larger. */
const SLICES = 6;

/** The circuit of a dependency that has never failed. */
export const newCircuit: Circuit = {
  state: 'closed',
  changes: 0,
  changedAt: 0,
  calls: [],
  failedProbes: 0,
  probeAt: 0,
};

/** Returns what the circuit allows a message to do: `call` the dependency, call it as a `probe`, or `wait`. */
export function admission({ state, probeAt, probe }: Circuit, now: number): 'call' | 'probe' | 'wait' {
  if (state === 'closed') return 'call';
  return now < probeAt || (probe && now < probe.until) ? 'wait' : 'probe';
}

/** Adds a call to the window, and drops calls older than the window. */
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

/** Adds calls to the window, and drops calls older than the window. */
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

/** Whether a call in the window has failed. If so, instances report their successful calls too. */
export function isTroubled({ calls }: Pick<Circuit, 'calls'>, policy: CircuitPolicy, now: number): boolean {
  return addCalls(calls, [], policy, now).some(({ failures }) => failures > 0);
}

/**
 * Returns the circuit with an instance's calls added, open if too many calls have failed. Returns undefined if the circuit is open
 * already: the calls began before it opened.
 *
 * @param retryAfterSeconds the pause that the dependency asks for
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

/** Returns the circuit with a lease for a probe. Undefined if no probe is allowed now. */
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
 * Returns the circuit after a probe. Returns undefined if the probe's lease has expired and another probe has replaced it.
 *
 * @param result `undecided`: the probe failed for another reason, so the next message may probe
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
 * Returns the delay of a deferred message while the circuit is open, in seconds: until the next probe, plus a random part of the
 * current pause. Messages return at different times, and few of them return before the probe has a result.
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

/** Returns the pause before the next probe, in milliseconds. */
function pause(failedProbes: number, { openSeconds, maxOpenSeconds }: CircuitPolicy, retryAfterSeconds = 0): number {
  const doubled = Math.max(retryAfterSeconds, openSeconds * 2 ** failedProbes);
  return Math.min(maxOpenSeconds, doubled) * 1_000;
}
