import type { SQSClient } from '@aws-sdk/client-sqs';
import { SqsQueue } from '../../lambdas/runtime/aws/sqs-queue';
import { relayWith } from '../../lambdas/runtime/outbox-relay';
import { awsPublisher } from '../../lambdas/runtime/publish/aws-publisher';
import type { ConsumerRuntime, Log, Queue, Settings } from '../../lambdas/runtime/runtime';
import { SimulatedSqs } from './aws/sqs';
import { idIn, SimulatedChannels } from './channels';
import { SimulatedClock } from './clock';
import { Faults } from './faults';
import { History } from './history';
import type { Invocation } from './invocation';
import { SimulatedQueue } from './queue';
import { Chance } from './random';
import { SimulatedServices } from './services';
import { SimulatedStream } from './stream';
import type { Sabotage, SimulatedSubscription, SimulatedSystem, SystemFactory, WorldView } from './system';
import { VirtualTime } from './virtual-time';

export interface WorldOptions {
  readonly seed: number;
  /** Ids of the only faults to inject. @default all that chance picks */
  readonly only?: ReadonlySet<string>;
  readonly sabotage?: Sabotage;
  /** Whether to record the history. @default false */
  readonly history?: boolean;
}

const silence: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** The time at which every world begins. */
export const START = new Date('2026-01-01T00:00:00Z');

/** Settings of functions without a queue. The idempotency window is a stack's default. */
const NO_QUEUE: Settings = { idempotencyDays: 30, attempts: 0, backoff: { base: 0, cap: 0 } };

/** A whole system on one seed. Handlers and rules are real; time, network, queues, streams and stores are simulated. */
export class World implements WorldView {
  readonly time = new VirtualTime(START);
  readonly chance: Chance;
  readonly faults: Faults;
  readonly services: SimulatedServices;
  readonly system: SimulatedSystem;
  readonly sabotage: Sabotage;
  /** Recorded only on request, because it takes time. */
  readonly history?: History;
  private readonly channels: SimulatedChannels;
  private readonly relayLetters: { readonly service: string; readonly body: string }[] = [];
  private readonly clocks: readonly SimulatedClock[];
  private readonly queues: ReadonlyMap<string, SimulatedQueue>;
  /** Consumer → its function instances that are not busy. */
  private readonly idle = new Map<string, object[]>();
  private readonly settings: ReadonlyMap<string, Settings>;

  constructor(makeSystem: SystemFactory, { seed, only, sabotage = {}, history = false }: WorldOptions) {
    if (history) this.history = new History(this.time);
    this.chance = new Chance(seed);
    this.faults = new Faults(this.chance, this.time, only);
    this.sabotage = sabotage;
    this.services = new SimulatedServices(
      this,
      (table) => this.system.schemaOf(table),
      (service) => this.makeStream(service),
      sabotage.dynamoDb,
    );
    this.system = makeSystem(this);
    const subscriptions = this.system.subscriptions.map((one) => sabotage.subscription?.(one) ?? one);
    this.settings = new Map(subscriptions.map(({ name, settings }) => [name, toSettings(settings)]));
    this.queues = new Map(subscriptions.map((one) => [one.name, this.makeQueue(one)]));
    this.channels = new SimulatedChannels(this, {
      subscriptions,
      deliver: (subscriber, body) => this.queue(subscriber).send(body),
      park: (service, body) => this.relayLetters.push({ service, body }),
      losableAs: (event, subscriber) => this.system.losableAs(event, subscriber),
      loses: sabotage.loses,
    });
    this.clocks = this.system.schedules.map(
      (schedule) =>
        new SimulatedClock(this, schedule, (invocation) =>
          schedule.run(this.runtime(schedule.service, schedule.name, invocation)),
        ),
    );
  }

  wind(): void {
    if (this.sabotage.stoppedClocks) return;
    for (const clock of this.clocks) clock.wind();
  }

  /** Redrives every dead letter. @returns their number */
  redrive(): number {
    const letters = this.relayLetters.splice(0);
    for (const { body } of letters) this.channels.publishAgain(body);
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.redrive(), letters.length);
  }

  deadLetters(): number {
    return [...this.queues.values()].reduce((sum, { dead }) => sum + dead.length, this.relayLetters.length);
  }

  runtime(service: string, consumer: string, invocation: Invocation): ConsumerRuntime {
    const runtime: ConsumerRuntime = {
      settings: this.settings.get(consumer) ?? NO_QUEUE,
      store: this.services.store(service, invocation),
      queue: this.queueOf(consumer, invocation),
      log: this.log(consumer),
      now: () => new Date(this.time.now),
      random: () => this.chance.number(`${consumer} random`),
      sleep: (milliseconds) => invocation.sleep(milliseconds),
      soon: invocation.soon,
    };
    return this.sabotage.runtime?.(runtime, this, consumer) ?? runtime;
  }

  private log(name: string): Log {
    return this.history?.log(name) ?? silence;
  }

  private queue(consumer: string): SimulatedQueue {
    const queue = this.queues.get(consumer);
    if (!queue) throw new Error(`There is no queue of ${consumer}.`);
    return queue;
  }

  /** The queue of a consumer in one invocation. */
  private queueOf(consumer: string, invocation: Invocation): Queue {
    const queue = () => this.queue(consumer);
    const sqs = new SimulatedSqs({
      send: ({ queue: url, body, delaySeconds, attributes }) =>
        url === consumer ? queue().send(body, delaySeconds, attributes) : queue().park({ body, attributes }),
      changeVisibility: (_, handle, seconds) => queue().changeVisibility(handle, seconds),
    });
    const send = (command: object) => {
      const { MessageBody = '', Entries = [] } = (command as { input: { MessageBody?: string; Entries?: object[] } })
        .input;
      return invocation.step(`SQS ${idIn(MessageBody)}${Entries.length}`, () => sqs.execute(command));
    };
    return new SqsQueue({ send } as Pick<SQSClient, 'send'>, { queue: consumer, deadLetterQueue: `${consumer}/dead` });
  }

  private makeStream(service: string): SimulatedStream {
    const log = this.log(`${service}.relay`);
    const { chance, time, sabotage } = this;
    return new SimulatedStream(this, service, {
      relay: (invocation) => {
        const pace = {
          now: () => new Date(time.now),
          sleep: (milliseconds: number) => invocation.sleep(milliseconds),
          random: () => chance.number(`${service}.relay random`),
        };
        const clients = this.channels.clients(service, invocation);
        const publisher = awsPublisher(this.channels.targets(service), log, clients, pace);
        const relay = relayWith(() => sabotage.publisher?.(publisher) ?? publisher);
        return sabotage.relay?.(relay) ?? relay;
      },
      isForgetful: sabotage.forgetfulStream ?? false,
    });
  }

  private makeQueue({ name, service, settings, run }: SimulatedSubscription): SimulatedQueue {
    return new SimulatedQueue(this, name, settings, async (messages, invocation) => {
      // Warm if one is idle. An instance that crashes is never idle again.
      const instance = this.idleOf(name).pop() ?? {};
      const runtime = { ...this.runtime(service, name, invocation), instance };
      const { batchItemFailures } = await run({ Records: [...messages] }, runtime, invocation);
      this.idleOf(name).push(instance);
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    });
  }

  private idleOf(consumer: string): object[] {
    const idle = this.idle.get(consumer) ?? [];
    this.idle.set(consumer, idle);
    return idle;
  }
}

function toSettings({ attempts, backoffSeconds }: SimulatedSubscription['settings']): Settings {
  return { ...NO_QUEUE, attempts, backoff: backoffSeconds };
}

/** Returns the service of a consumer. */
export function serviceOf(consumer: string): string {
  return consumer.slice(0, consumer.indexOf('.'));
}
