import type { EventContract } from '../../../contracts/core/contract';
import type { Delivery } from '../delivery';
import { DeferredError, DependencyError, StaleError } from '../errors';
import { count, metricNames } from '../metrics';
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
  reportCalls,
  type Slice,
  waitSeconds,
} from './circuit';
import { dependencyFailure, reportUnknown } from './dependency';
import { type Change, type Decide, SharedState } from './shared-state';

/** The contracts of the events that a circuit breaker publishes. */
export interface CircuitEvents {
  /** Published when the circuit opens. */
  readonly opened: EventContract<string, CircuitEventData>;
  /** Published when the circuit closes. */
  readonly closed: EventContract<string, CircuitEventData>;
}

/** The data of {@link CircuitEvents}. */
export interface CircuitEventData {
  /** The dependency's name. */
  dependency: string;
}

/** The options of a circuit breaker, defaults applied. */
export interface BreakerSettings extends CircuitPolicy {
  /** How long an instance uses its copy of the circuit, in seconds. */
  readonly refreshSeconds: number;
  readonly events?: CircuitEvents;
}

/** Concurrent changes of one circuit are rare and important, so each is tried several times. Delays in milliseconds. */
const CONTENTION = { tries: 8, base: 20, cap: 500 };

/** A circuit as one function instance sees it. */
export class Breaker {
  private readonly shared: SharedState<Circuit>;
  private unreported: readonly Slice[] = [];
  private reportedAt = 0;
  private reporting?: Promise<void>;

  constructor(
    private readonly dependency: string,
    private readonly settings: BreakerSettings,
  ) {
    this.shared = new SharedState('circuit', dependency, newCircuit);
  }

  /** Starts to read the circuit, if the copy of this instance is too old. */
  prepare(delivery: Delivery): void {
    this.shared.start(delivery, this.settings.refreshSeconds);
  }

  /**
   * Admits a message, or defers it.
   *
   * @returns the probe if this message is one
   * @throws DeferredError if the circuit is open
   */
  async admit(delivery: Delivery): Promise<Probe | undefined> {
    const circuit = await this.circuit(delivery);
    const answer = admission(circuit, now(delivery));
    if (answer === 'call') return undefined;
    if (answer === 'wait') throw await this.deferral(delivery);
    const { messageId } = delivery.message;
    const leased = await this.change(delivery, (before) => leaseProbe(before, messageId, this.settings, now(delivery)));
    // Called as if closed if the state is unavailable, or if another instance has closed the circuit.
    if (!leased || leased.state.state === 'closed') return undefined;
    if (leased.isChanged && leased.state.probe) return leased.state.probe;
    throw await this.deferral(delivery);
  }

  /** Counts a successful call. While other calls fail, reports it to the other instances. */
  async succeeded(probe: Probe | undefined, delivery: Delivery): Promise<void> {
    if (probe) return this.end(probe, 'succeeded', delivery);
    const time = now(delivery);
    this.unreported = addCall(this.unreported, false, this.settings, time);
    const isDue = time - this.reportedAt >= this.settings.refreshSeconds * 1_000;
    const { latest } = this.shared;
    if (isDue && latest && isTroubled(latest, this.settings, time)) await this.report(delivery);
  }

  /**
   * Reports a failed call to the other instances. Other errors are not counted.
   *
   * @returns the error to throw: a deferral if the message was a failed probe, otherwise the same error
   */
  async failed(probe: Probe | undefined, error: unknown, delivery: Delivery): Promise<unknown> {
    const failure = dependencyFailure(error);
    const own = failure?.dependency === this.dependency ? failure : undefined;
    if (probe) {
      await this.end(probe, own ? 'failed' : 'undecided', delivery, own?.retryAfterSeconds);
      return own ? this.deferral(delivery, own) : error;
    }
    if (!own) return error;
    this.unreported = addCall(this.unreported, true, this.settings, now(delivery));
    await this.report(delivery, own.retryAfterSeconds);
    return error;
  }

  /** Counts a deferred message, and returns its deferral. */
  private async deferral(delivery: Delivery, cause = new DependencyError(this.dependency, 'its circuit is open')) {
    const { runtime } = delivery;
    count(runtime, metricNames.circuitOpen, 1, { dependency: this.dependency });
    const circuit = await this.circuit(delivery);
    const seconds = waitSeconds(circuit, this.settings, now(delivery), runtime.random);
    return new DeferredError(cause.message, seconds, { cause });
  }

  private circuit(delivery: Delivery): Promise<Circuit> {
    return this.shared.read(delivery, this.settings.refreshSeconds);
  }

  /** Adds this instance's calls to the shared circuit. Failed calls that end during the report are reported right after it. */
  private async report(delivery: Delivery, retryAfterSeconds?: number): Promise<void> {
    this.reporting ??= this.reportAll(delivery, retryAfterSeconds).finally(() => {
      this.reporting = undefined;
    });
    await this.reporting;
  }

  private async reportAll(delivery: Delivery, retryAfterSeconds?: number): Promise<void> {
    do {
      const calls = this.unreported;
      this.unreported = [];
      this.reportedAt = now(delivery);
      const changed = await this.change(delivery, (before) =>
        reportCalls(before, calls, this.settings, now(delivery), retryAfterSeconds),
      );
      if (changed) continue;
      this.unreported = addCalls(calls, this.unreported, this.settings, now(delivery));
      return;
    } while (this.unreported.some(({ failures }) => failures > 0));
  }

  private async end(
    probe: Probe,
    result: 'succeeded' | 'failed' | 'undecided',
    delivery: Delivery,
    retryAfterSeconds?: number,
  ): Promise<void> {
    await this.change(delivery, (before) =>
      endProbe(before, probe, result, this.settings, now(delivery), retryAfterSeconds),
    );
  }

  /** @returns undefined if the shared state is unavailable: the message is processed without the circuit breaker */
  private async change(delivery: Delivery, decide: Decide<Circuit>): Promise<Change<Circuit> | undefined> {
    try {
      return await this.shared.change(delivery, CONTENTION, decide, async (after, before) => {
        if (after.state === before.state) return false;
        await this.changeState(delivery, before, decide);
        return true;
      });
    } catch (error) {
      reportUnknown(this.dependency, error, delivery);
      return undefined;
    }
  }

  /** Opens or closes the circuit in a unit of work, so that the new state and its event are committed together, once. */
  private async changeState(
    { subscription, runtime, event }: Delivery,
    { changes }: Circuit,
    decide: Decide<Circuit>,
  ): Promise<void> {
    const { id, correlationId, traceparent } = event.metadata;
    const worker = { ...subscription, consumer: `${subscription.consumer}:circuit-${changes + 1}` };
    let changed: Circuit | undefined;
    const outcome = await runUnitOfWork(worker, { id, correlationId, traceparent }, runtime, async (work) => {
      changed = decide(await work.load(this.shared.ref, { orElse: newCircuit }));
      if (!changed || changed.changes !== changes + 1) throw new StaleError('Another instance changed the circuit.');
      work.put(this.shared.ref, changed);
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
}

function now({ runtime }: Delivery): number {
  return runtime.now().getTime();
}
