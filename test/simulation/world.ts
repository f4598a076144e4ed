import type { Outside } from '../../lambdas/payment-provider/tell';
import type { PaymentProvider } from '../../lambdas/payments/provider';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { EntryResult } from '../../lambdas/runtime/publish/publish';
import type { ConsumerRuntime, Log } from '../../lambdas/runtime/runtime';
import { SimulatedBank } from '../../sample/simulation/bank';
import { type SimulatedSubscription, schedules, subscriptions } from '../../sample/simulation/system';
import { SimulatedBus } from './bus';
import { SimulatedClock } from './clock';
import { Faults } from './faults';
import { History } from './history';
import { Invocation } from './invocation';
import { SimulatedQueue } from './queue';
import { Chance } from './random';
import { SimulatedServices } from './services';
import { SimulatedStream } from './stream';
import { VirtualTime } from './virtual-time';

/** What a saboteur may replace, to show that the simulation would notice. */
export interface Sabotage {
  subscription?(subscription: SimulatedSubscription): SimulatedSubscription;
  runtime?(runtime: ConsumerRuntime, world: World, consumer: string): ConsumerRuntime;
  /** Gets what the bus answered for each entry. */
  busAnswer?(result: EntryResult): EntryResult;
  /** A batch of a stream is not read again when its relay died or failed. */
  readonly forgetfulStream?: boolean;
  /** The endpoint takes no notice of the request's key. */
  readonly forgetfulEndpoint?: boolean;
  /** Payments believes every callback, whoever signed it. */
  readonly gullible?: boolean;
  /** Nothing runs by the clock. */
  readonly stoppedClocks?: boolean;
  /** Whether an event is lost on its way, though its channel took it. */
  loses?(event: OutgoingEvent): boolean;
}

/** Beside what the runtime needs, what handlers are given of the world outside. */
export interface SimulatedRuntime extends ConsumerRuntime {
  /** For payments. */
  readonly provider: PaymentProvider;
  /** For the bank. */
  readonly outside: Outside;
}

export interface WorldOptions {
  readonly seed: number;
  /** Only these faults are injected, by their ids. */
  readonly only?: ReadonlySet<string>;
  readonly sabotage?: Sabotage;
  /** Whether to keep what happens. @default false */
  readonly history?: boolean;
}

const silence: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** When every world begins. */
export const START = new Date('2026-01-01T00:00:00Z');
/** As the stacks have them by default. */
const ATTEMPTS = 8;
const CONCURRENCY = 10;
const BACKOFF_SECONDS = { base: 2, cap: 300 };
const IDEMPOTENCY_DAYS = 30;

/** The whole system on one seed: real handlers and rules; time, network, queues, streams and stores are simulated. */
export class World {
  readonly time = new VirtualTime(START);
  readonly chance: Chance;
  readonly faults: Faults;
  readonly bus = new SimulatedBus(this);
  readonly clocks = schedules.map((schedule) => new SimulatedClock(this, schedule));
  readonly bank = new SimulatedBank(this);
  readonly services: SimulatedServices;
  readonly subscriptions: readonly SimulatedSubscription[];
  readonly sabotage: Sabotage;
  /** Kept only when it is asked for: it takes time. */
  readonly history?: History;
  private readonly queues: ReadonlyMap<string, SimulatedQueue>;

  constructor({ seed, only, sabotage = {}, history = false }: WorldOptions) {
    if (history) this.history = new History(this.time);
    this.chance = new Chance(seed);
    this.faults = new Faults(this.chance, this.time, only);
    this.sabotage = sabotage;
    this.subscriptions = subscriptions.map((one) => sabotage.subscription?.(one) ?? one);
    this.services = new SimulatedServices(this, (service) => new SimulatedStream(this, service));
    this.queues = new Map(this.subscriptions.map((one) => [one.name, this.makeQueue(one)]));
  }

  queue(consumer: string): SimulatedQueue {
    const queue = this.queues.get(consumer);
    if (!queue) throw new Error(`There is no queue of ${consumer}.`);
    return queue;
  }

  invoke(name: string, timeoutSeconds: number, onDeath: () => void): Invocation {
    return new Invocation(this, name, onDeath, timeoutSeconds);
  }

  /** Where a function logs. */
  log(name: string): Log {
    return this.history?.log(name) ?? silence;
  }

  /** Has the clocks run for as long as they have anything to look for. */
  wind(): void {
    if (this.sabotage.stoppedClocks) return;
    for (const clock of this.clocks) clock.wind();
  }

  /** Puts every dead letter back. */
  redrive(): number {
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.redrive(), 0);
  }

  deadLetters(): number {
    return [...this.queues.values()].reduce((sum, { dead }) => sum + dead.length, 0);
  }

  /** What one invocation sees of the world. */
  runtime(service: string, consumer: string, invocation: Invocation): SimulatedRuntime {
    const queue = () => this.queue(consumer);
    const { bank } = this;
    const runtime: SimulatedRuntime = {
      // Most have nothing to do with either.
      get provider() {
        return bank.client(invocation);
      },
      get outside() {
        return bank.outside(invocation);
      },
      settings: { idempotencyDays: IDEMPOTENCY_DAYS, attempts: ATTEMPTS, backoff: BACKOFF_SECONDS },
      store: this.services.store(service, invocation),
      queue: {
        park: (message, attributes) =>
          invocation.step(`park ${message.messageId}`, () => queue().park(message, attributes)),
        defer: (message, seconds, attributes) =>
          invocation.step(`defer ${message.messageId}`, () => queue().send(message.body, seconds, attributes)),
        delay: (messages) => invocation.step(`delay ${messages[0]?.message.messageId}`, () => queue().delay(messages)),
      },
      log: this.log(consumer),
      now: () => new Date(this.time.now),
      random: () => this.chance.number(`${consumer} random`),
      sleep: (milliseconds) => invocation.sleep(milliseconds),
    };
    return this.sabotage.runtime ? { ...runtime, ...this.sabotage.runtime(runtime, this, consumer) } : runtime;
  }

  private makeQueue({ name, service, handler }: SimulatedSubscription): SimulatedQueue {
    return new SimulatedQueue(this, name, ATTEMPTS, CONCURRENCY, async (messages, invocation) => {
      const runtime = this.runtime(service, name, invocation);
      const { batchItemFailures } = await handler.run({ Records: [...messages] }, runtime);
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    });
  }
}

/** The service that a consumer belongs to. */
export function serviceOf(consumer: string): string {
  return consumer.slice(0, consumer.indexOf('.'));
}
