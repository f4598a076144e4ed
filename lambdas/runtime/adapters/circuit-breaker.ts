import type { EventContract } from '../../../contracts/core/contract';
import type { Adapter, Delivery } from '../delivery';
import { DeferredError, DependencyError, StaleError } from '../errors';
import { count, metricNames } from '../metrics';
import { fullJitter } from '../retry';
import { type Ref, TransactionCancelled } from '../store/store';
import { runUnitOfWork } from '../work/run-unit-of-work';
import {
  addCall,
  addCalls,
  admission,
  type Circuit,
  type CircuitPolicy,
  endProbe,
  isTroubled,
  leaseProbe,
  newCircuit,
  type Probe,
  report,
  type Slice,
  waitSeconds,
} from './circuit';
import { DEPENDENCIES, dependencyFailure, perInstance, reportUnknown } from './dependency';

/** An event that says whose circuit has changed. */
export type CircuitEvent = EventContract<string, { dependency: string }>;

export interface CircuitBreakerOptions extends Partial<CircuitPolicy> {
  /** How long an instance relies on what it has read, in seconds. @default 5 */
  readonly refreshSeconds?: number;
  /** Contracts of the service's own; the subscription must declare that it emits them. @default changes are metrics only */
  readonly events?: { readonly opened: CircuitEvent; readonly closed: CircuitEvent };
}

const DEFAULTS: CircuitPolicy & { refreshSeconds: number } = {
  failureRate: 0.5,
  // Even a single message, tried again and again, opens the circuit before its attempts are used up.
  minimumCalls: 5,
  windowSeconds: 60,
  openSeconds: 30,
  maxOpenSeconds: 5 * 60,
  probeSeconds: 60,
  refreshSeconds: 5,
};

/** Changes of one circuit by many instances at once are rare, and each is worth some patience. */
const TRIES = 8;
const TRY_AGAIN = { base: 20, cap: 500 };

/**
 * Stops calling a dependency that does not work, and finds out by one message at a time when it works again. Only a
 * {@link DependencyError} counts as failure.
 *
 * - closed: messages are processed. One that fails is tried again as always, and that counts as an attempt: as long as others
 *   get through, it may be its own fault.
 * - open, once too many calls have failed: messages are deferred, without using up attempts.
 * - half-open, after a while: one message tries for all. If it gets through the circuit closes, else it is deferred, too.
 *
 * All instances share the state, in a table of the service. As long as nothing fails it is only read, every few seconds. If it
 * cannot be read or written, messages are processed as if the circuit were closed.
 */
export function circuitBreaker(dependency: string, options: CircuitBreakerOptions = {}): Adapter {
  const settings = { ...DEFAULTS, ...options };
  const { failureRate, minimumCalls } = settings;
  if (!(failureRate > 0 && failureRate <= 1)) throw new Error(`${dependency}: failureRate must be above 0, at most 1.`);
  if (!(minimumCalls >= 1)) throw new Error(`${dependency}: minimumCalls must be 1 at least.`);
  const breakerOf = perInstance(() => new Breaker(dependency, settings));

  return async (delivery, next) => {
    const breaker = breakerOf(delivery.runtime);
    const probe = await breaker.admit(delivery);
    try {
      const outcome = await next();
      await breaker.succeeded(probe, delivery);
      return outcome;
    } catch (error) {
      await breaker.failed(probe, error, delivery);
      const failure = probe && ofDependency(error, dependency);
      throw failure ? await breaker.refusal(delivery, failure) : error;
    }
  };
}

/** One instance's view of the circuit. */
class Breaker {
  private readonly ref: Ref<Circuit>;
  private seen?: { readonly circuit: Circuit; readonly at: number };
  private reading?: Promise<void>;
  private unreported: readonly Slice[] = [];
  private reportedAt = 0;
  private reporting?: Promise<void>;

  constructor(
    private readonly dependency: string,
    private readonly settings: CircuitPolicy & Pick<CircuitBreakerOptions, 'events'> & { refreshSeconds: number },
  ) {
    this.ref = circuitOf(dependency);
  }

  /** @returns the probe, if this message is one. @throws DeferredError when it has to wait */
  async admit(delivery: Delivery): Promise<Probe | undefined> {
    const circuit = await this.circuit(delivery);
    const answer = admission(circuit, now(delivery));
    if (answer === 'call') return undefined;
    if (answer === 'wait') throw await this.refusal(delivery);
    const { messageId } = delivery.message;
    const lease = (before: Circuit) => leaseProbe(before, messageId, this.settings, now(delivery));
    const leased = await this.quietly(delivery, () => this.change(delivery, lease));
    // As if closed when nobody knows, and when it has been closed meanwhile.
    if (!leased || leased.circuit.state === 'closed') return undefined;
    if (leased.isChanged && leased.circuit.probe) return leased.circuit.probe;
    throw await this.refusal(delivery);
  }

  async succeeded(probe: Probe | undefined, delivery: Delivery): Promise<void> {
    if (probe) return this.end(probe, 'succeeded', delivery);
    const time = now(delivery);
    this.unreported = addCall(this.unreported, false, this.settings, time);
    const isDue = time - this.reportedAt >= this.settings.refreshSeconds * 1_000;
    if (isDue && this.seen && isTroubled(this.seen.circuit, this.settings, time)) await this.tell(delivery);
  }

  async failed(probe: Probe | undefined, error: unknown, delivery: Delivery): Promise<void> {
    const failure = ofDependency(error, this.dependency);
    const asked = failure?.retryAfterSeconds;
    if (probe) return this.end(probe, failure ? 'failed' : 'undecided', delivery, asked);
    if (!failure) return;
    this.unreported = addCall(this.unreported, true, this.settings, now(delivery));
    await this.tell(delivery, asked);
  }

  /** What a message is told that has to wait. */
  async refusal(delivery: Delivery, cause = new DependencyError(this.dependency, 'its circuit is open')) {
    const { runtime } = delivery;
    count(runtime, metricNames.circuitOpen, 1, { dependency: this.dependency });
    const circuit = await this.circuit(delivery);
    const seconds = waitSeconds(circuit, this.settings, now(delivery), runtime.random);
    return new DeferredError(cause.message, seconds, { cause });
  }

  /** The circuit as it was a few seconds ago at most; one read for all messages of a batch. */
  private async circuit(delivery: Delivery): Promise<Circuit> {
    const { refreshSeconds } = this.settings;
    if (!this.seen || now(delivery) - this.seen.at >= refreshSeconds * 1_000) {
      this.reading ??= this.read(delivery).finally(() => {
        this.reading = undefined;
      });
      await this.reading;
    }
    return this.seen?.circuit ?? newCircuit;
  }

  private async read(delivery: Delivery): Promise<void> {
    const read = await this.quietly(delivery, async () => {
      const [loaded] = await delivery.runtime.store.load([this.ref]);
      return (loaded?.item as Circuit | undefined) ?? newCircuit;
    });
    // What is not known is not asked again at once: a store that is down would hold up every message.
    this.remember(read ?? newCircuit, delivery);
  }

  private remember(circuit: Circuit, delivery: Delivery): Circuit {
    this.seen = { circuit, at: now(delivery) };
    return circuit;
  }

  /** Adds this instance's calls to the shared ones. What comes in meanwhile goes with the next write, or is told right after. */
  private async tell(delivery: Delivery, askedSeconds?: number): Promise<void> {
    this.reporting ??= this.tellAll(delivery, askedSeconds).finally(() => {
      this.reporting = undefined;
    });
    await this.reporting;
  }

  private async tellAll(delivery: Delivery, askedSeconds?: number): Promise<void> {
    do {
      const calls = this.unreported;
      this.unreported = [];
      this.reportedAt = now(delivery);
      const told = await this.quietly(delivery, () =>
        this.change(delivery, (before) => report(before, calls, this.settings, now(delivery), askedSeconds)),
      );
      if (told) continue;
      this.unreported = addCalls(calls, this.unreported, this.settings, now(delivery));
      return;
    } while (this.unreported.some(({ failures }) => failures > 0));
  }

  private async end(
    probe: Probe,
    result: 'succeeded' | 'failed' | 'undecided',
    delivery: Delivery,
    askedSeconds?: number,
  ): Promise<void> {
    await this.quietly(delivery, () =>
      this.change(delivery, (before) => endProbe(before, probe, result, this.settings, now(delivery), askedSeconds)),
    );
  }

  /** Changes the circuit unless somebody else does at the same moment: then decides again on what has become of it. */
  private async change(delivery: Delivery, decide: Decide): Promise<Changed> {
    const { runtime } = delivery;
    for (let attempt = 1; ; attempt++) {
      const [loaded] = await runtime.store.load([this.ref]);
      const before = (loaded?.item as Circuit | undefined) ?? newCircuit;
      const after = decide(before);
      if (!after) return { circuit: this.remember(before, delivery), isChanged: false };
      try {
        if (after.state !== before.state) await this.changeState(delivery, before, decide);
        else {
          const item = { ...after, ...this.ref.key };
          const expected = loaded?.version ?? 'absent';
          await runtime.store.transact([{ kind: 'put', ref: this.ref, item, expected }]);
        }
        return { circuit: this.remember(after, delivery), isChanged: true };
      } catch (error) {
        const isContended = error instanceof TransactionCancelled || error instanceof StaleError;
        if (!isContended || attempt === TRIES) throw error;
        await runtime.sleep(fullJitter(attempt, TRY_AGAIN, runtime.random));
      }
    }
  }

  /** A unit of work of its own: the new state, the record of it and the event, all or nothing, once. */
  private async changeState(
    { subscription, runtime, event }: Delivery,
    { changes }: Circuit,
    decide: Decide,
  ): Promise<void> {
    const { id, correlationId, traceparent } = event.metadata;
    const worker = { ...subscription, consumer: `${subscription.consumer}:circuit-${changes + 1}` };
    let changed: Circuit | undefined;
    const outcome = await runUnitOfWork(worker, { id, correlationId, traceparent }, runtime, async (work) => {
      const before = (await work.load(this.ref)) ?? newCircuit;
      changed = decide(before);
      if (!changed || changed.changes !== changes + 1) throw new StaleError('Another instance was faster.');
      work.put(this.ref, changed);
      const { opened, closed } = this.settings.events ?? {};
      const contract = changed.state === 'open' ? opened : closed;
      if (contract) work.emit(contract, { dependency: this.dependency });
    });
    if (outcome === 'duplicate' || !changed) return;
    const isOpen = changed.state === 'open';
    const name = isOpen ? metricNames.circuitOpened : metricNames.circuitClosed;
    count(runtime, name, 1, { dependency: this.dependency });
    runtime.log[isOpen ? 'error' : 'info'](`circuit ${isOpen ? 'opened' : 'closed'}`, {
      consumer: subscription.consumer,
      dependency: this.dependency,
      change: changed.changes,
      correlationId,
    });
  }

  /** Whatever goes wrong here, the message goes its way. @returns undefined when something did */
  private async quietly<T>(delivery: Delivery, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      reportUnknown(this.dependency, error, delivery);
      return undefined;
    }
  }
}

/** Gives the circuit as it is to be, or undefined when it is to stay as it is. */
type Decide = (before: Circuit) => Circuit | undefined;

interface Changed {
  readonly circuit: Circuit;
  readonly isChanged: boolean;
}

function circuitOf(dependency: string): Ref<Circuit> {
  return { table: DEPENDENCIES, key: { dependency: `circuit#${dependency}` } };
}

function ofDependency(error: unknown, dependency: string): DependencyError | undefined {
  const failure = dependencyFailure(error);
  return failure?.dependency === dependency ? failure : undefined;
}

function now({ runtime }: Delivery): number {
  return runtime.now().getTime();
}
