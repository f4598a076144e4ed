import type { SQSClient } from '@aws-sdk/client-sqs';
import { SqsQueue } from '../../lambdas/runtime/aws/sqs-queue';
import { relayWith } from '../../lambdas/runtime/outbox-relay';
import { awsPublisher } from '../../lambdas/runtime/publish/aws-publisher';
import type { ConsumerRuntime, Log, Queue, Settings } from '../../lambdas/runtime/runtime';
import { trackContexts } from './async-context';
import type { Schema } from './aws/dynamodb';
import { SimulatedSqs } from './aws/sqs';
import { idIn, SimulatedChannels } from './channels';
import { SimulatedClock } from './clock';
import type { Pace } from './conditions';
import { Faults, type FaultsOptions, rates } from './faults';
import { History } from './history';
import type { Invocation } from './invocation';
import { Operators } from './operators';
import { type BatchHandler, DEAD_LETTER_RETENTION, SimulatedQueue } from './queue';
import { Chance } from './random';
import { SimulatedServices, type Usage } from './services';
import { relayOf, SimulatedStream, serviceOf } from './stream';
import type { Sabotage, SimulatedSubscription, SimulatedSystem, SystemFactory, WorldView } from './system';
import { VirtualTime } from './virtual-time';

export interface WorldOptions extends Pick<FaultsOptions, 'only' | 'exactly'> {
  readonly seed: number;
  readonly sabotage?: Sabotage;
  /** Whether to record the history. @default false */
  readonly history?: boolean;
  /** How fast the world is. @default {@link Conditions.pace} */
  readonly pace?: Pace;
  /** Receives the capacity units of each item that a function reads or writes. @default they are not counted */
  readonly meter?: (usage: Usage) => void;
}

/** A function instance, which runs one invocation after another. */
interface Instance {
  /** How far its clock is ahead, in milliseconds. */
  readonly skew: number;
}

/** The largest clock skew, in milliseconds. Two instances can differ by twice as much. */
const MOST_SKEW = 2 * 60_000;

const HOUR = 60 * 60 * 1_000;
/** Several, because some queues and streams have no messages in most worlds. */
const MOST_STOPPED = 3;
/** Mappings stop while there is still work, which takes an hour to arrive. */
const STOPPED_WITHIN = HOUR / 2;
/** Days for which mappings are stopped: streams keep records for one day, queues keep messages for four. */
const RELAY_STOPPED_DAYS = [0.9, 2] as const;
const CONSUMER_STOPPED_DAYS = [3.9, 6] as const;
/** In one world of so many, nobody looks at the dead letters before they have expired. */
const FORGETFUL_EVERY = 9;
const FORGETFUL = 5;
const FORGOTTEN = DEAD_LETTER_RETENTION + 24 * HOUR;

const silence: Log = { info: () => {}, warn: () => {}, error: () => {} };

const SHARE_OF_TRACKED_WORLDS = 0.1;

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
  readonly pace?: Pace;
  /** Recorded only on request, because it takes time. */
  readonly history?: History;
  readonly channels: SimulatedChannels;
  readonly operators: Operators;
  /** Tables that a function used and no declaration names. */
  readonly missingTables = new Set<string>();
  /** Messages of fair events that lost their group on the way. */
  readonly ungrouped = new Set<string>();
  private readonly relayLetters: { readonly service: string; readonly body: string; readonly sentAt: number }[] = [];
  /**
   * The services whose events were lost by a stream or a queue: alarms on the relays' dead letters, on the age of the oldest message and on
   * the iterator age name them.
   */
  private readonly unpublished = new Set<string>();
  private readonly clocks: readonly SimulatedClock[];
  private readonly queues: ReadonlyMap<string, SimulatedQueue>;
  /** Consumer → its function instances that are not busy. */
  private readonly idle = new Map<string, Instance[]>();
  private readonly settings: ReadonlyMap<string, Settings>;

  constructor(
    makeSystem: SystemFactory,
    { seed, only, exactly, sabotage = {}, history = false, pace, meter }: WorldOptions,
  ) {
    this.pace = pace;
    if (history) this.history = new History(this.time);
    this.chance = new Chance(seed);
    trackContexts(this.chance.number('track contexts') < SHARE_OF_TRACKED_WORLDS);
    this.faults = new Faults(this.chance, this.time, { only, exactly, frequent: sabotage.needs?.faults });
    this.sabotage = sabotage;
    this.services = new SimulatedServices(
      this,
      (table) => this.schemaOf(table),
      (table) => this.makeStream(table),
      (changes) => this.system.watch?.(changes),
      sabotage.dynamoDb,
      meter,
    );
    this.system = makeSystem(this);
    const subscriptions = this.system.subscriptions.map((one) => sabotage.subscription?.(one) ?? one);
    this.settings = new Map(subscriptions.map(({ name, settings }) => [name, toSettings(settings)]));
    this.queues = new Map(subscriptions.map((one) => [one.name, this.makeQueue(one)]));
    this.channels = new SimulatedChannels(this, {
      subscriptions,
      deliver: (subscriber, body, group) => this.queue(subscriber).send(body, { group }),
      ungrouped: (route) => this.ungrouped.add(route),
      park: (service, body) => this.relayLetters.push({ service, body, sentAt: this.time.now }),
      losableAs: (event, subscriber) => this.system.losableAs(event, subscriber),
      loses: sabotage.loses,
    });
    this.operators = new Operators(this, {
      services: [...new Set(subscriptions.map(({ service }) => service))],
      redrive: () => this.redrive(),
      replay: (from, to) => this.channels.replay(from, to),
      bus: this.channels.bus,
      targets: (service) => this.channels.targets(service),
      publishers: (service, command) => this.channels.clients(service, command),
      dynamoDb: (command) => this.services.client(command),
      inboxes: (service) => this.services.inboxes(service),
    });
    this.clocks = this.system.schedules
      .map((schedule) => sabotage.schedule?.(schedule) ?? schedule)
      .map((schedule) => {
        const { service, name } = schedule;
        const run = (invocation: Invocation) => schedule.run(this.runtime(service, name, invocation));
        return new SimulatedClock(this, schedule, run, () => this.wind());
      });
  }

  wind(): void {
    if (this.sabotage.stoppedClocks) return;
    for (const clock of this.clocks) clock.wind();
  }

  /** Stops mappings of queues or of streams in some worlds, for longer than messages or records are kept. */
  planStop(): void {
    const { chance, faults, time } = this;
    const queues = [...this.queues.keys()];
    const relays = [...new Set(queues.map(serviceOf))].map(relayOf);
    // Worlds take turns here as well.
    const isRelay = Math.floor((chance.seed * rates.stopped) / 100) % 2 === 0;
    const [least, most] = isRelay ? RELAY_STOPPED_DAYS : CONSUMER_STOPPED_DAYS;
    const stopped = Array.from({ length: MOST_STOPPED }, () => chance.pick('stopped', isRelay ? relays : queues));
    for (const name of new Set(stopped)) {
      if (!faults.at(name, ['stopped'])) continue;
      const from = time.now + chance.number('stopped from') * STOPPED_WITHIN;
      faults.stop(name, from, from + (least + chance.number('stopped for') * (most - least)) * 24 * HOUR);
    }
  }

  /** Looks at dead letters only when they have expired, in some worlds. */
  forgetDeadLetters(): void {
    const { chance, faults, time, system } = this;
    if (system.isPartial || chance.seed % FORGETFUL_EVERY !== FORGETFUL || this.deadLetters() === 0) return;
    const from = time.now;
    time.now += FORGOTTEN;
    faults.stop('dead letters', from, time.now);
  }

  /** Publishes again what streams and queues have lost. */
  republish(): void {
    if (this.sabotage.neverRepublishes) return;
    // The times of records are those of clocks that can be wrong.
    const [from, to] = [START.getTime() - MOST_SKEW, this.time.now + MOST_SKEW];
    if (this.unpublished.size > 0) this.operators.republish([...this.unpublished], from, to);
    this.unpublished.clear();
  }

  /** Redrives every dead letter that has not expired. @returns their number */
  redrive(): number {
    const parked = this.relayLetters.splice(0);
    const letters = parked.filter(({ sentAt }) => sentAt + DEAD_LETTER_RETENTION > this.time.now);
    for (const { body } of letters) this.channels.publishAgain(body);
    for (const { service } of parked) {
      if (letters.some((letter) => letter.service === service)) continue;
      this.faults.note('expired as a dead letter', relayOf(service));
      this.unpublished.add(service);
    }
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.redrive(), letters.length);
  }

  /** Sends a message to the queue of a subscription. */
  send(subscriber: string, body: string): void {
    this.queue(subscriber).send(body);
  }

  /** The load of each subscription's queue, by the subscription's name. */
  loads(): Map<string, SimulatedQueue['load']> {
    return new Map([...this.queues].map(([name, { load }]) => [name, load]));
  }

  /** Removes all dead letters. @returns why they were parked */
  takeDeadLetters(): { readonly reason: string }[] {
    const letters = [...this.queues.values()].flatMap(({ dead }) => dead.splice(0));
    return letters.map(({ attributes }) => ({ reason: attributes.reason ?? 'unknown' }));
  }

  deadLetters(): number {
    return [...this.queues.values()].reduce((sum, { dead }) => sum + dead.length, this.relayLetters.length);
  }

  runtime(
    service: string,
    consumer: string,
    invocation: Invocation,
    instance = this.makeInstance(consumer),
  ): ConsumerRuntime {
    const runtime: ConsumerRuntime = {
      settings: this.settings.get(consumer) ?? NO_QUEUE,
      store: this.services.store(service, invocation),
      queue: this.queueOf(consumer, invocation),
      log: this.log(consumer),
      now: () => new Date(this.time.now + instance.skew),
      random: () => this.chance.number(`${consumer} random`),
      sleep: (milliseconds) => invocation.sleep(milliseconds),
      soon: invocation.soon,
      instance,
    };
    return this.sabotage.runtime?.(runtime, this, consumer) ?? runtime;
  }

  /** A runtime may go on without a table, so a missing one is remembered. */
  private schemaOf(table: string): Schema {
    try {
      return this.system.schemaOf(table);
    } catch (error) {
      this.missingTables.add(table);
      throw error;
    }
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
      send: ({ queue: url, body, ...sent }) => {
        if (url !== consumer) return queue().park({ body, attributes: sent.attributes });
        if (queue().contradicts(body, sent.group)) this.ungrouped.add(`${consumer} deferred ${idIn(body)}`);
        queue().send(body, sent);
      },
      changeVisibility: (_, handle, seconds) => queue().changeVisibility(handle, seconds),
    });
    const send = (command: object) => {
      const { MessageBody = '', Entries = [] } = (command as { input: { MessageBody?: string; Entries?: object[] } })
        .input;
      return invocation.step(`SQS ${idIn(MessageBody)}${Entries.length}`, () => sqs.execute(command));
    };
    return new SqsQueue({ send } as Pick<SQSClient, 'send'>, { queue: consumer, deadLetterQueue: `${consumer}/dead` });
  }

  private makeStream(table: string): SimulatedStream {
    const service = serviceOf(table);
    const log = this.log(relayOf(service));
    const { chance, time, sabotage } = this;
    return new SimulatedStream(this, table, {
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
      discarded: () => this.unpublished.add(service),
      isForgetful: sabotage.forgetfulStream ?? false,
    });
  }

  private makeQueue({ name, service, to, settings, run, runOlder }: SimulatedSubscription): SimulatedQueue {
    const handle: BatchHandler = async (messages, invocation) => {
      // Warm if one is idle. An instance that crashes is never idle again.
      const warm = this.idleOf(name).pop();
      const instance = warm ?? this.makeInstance(name);
      const { pace } = this;
      if (pace) await invocation.sleep((warm ? 0 : pace.coldStart) + pace.invocation(messages.length));
      const runtime = this.runtime(service, name, invocation, instance);
      const isOld = runOlder && this.faults.at(`${name} code`, ['old subscriber']) !== undefined;
      const { batchItemFailures } = await (isOld ? runOlder : run)({ Records: [...messages] }, runtime, invocation);
      this.idleOf(name).push(instance);
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    };
    return new SimulatedQueue(this, name, settings, handle, () => {
      for (const { owner } of to) this.unpublished.add(owner);
    });
  }

  /** Starts a function instance, whose clock can be wrong. */
  private makeInstance(consumer: string): Instance {
    const isWrong = this.faults.at(`${consumer} clock`, ['clock skew']) !== undefined;
    return { skew: isWrong ? (this.chance.number(`${consumer} skew`) * 2 - 1) * MOST_SKEW : 0 };
  }

  private idleOf(consumer: string): Instance[] {
    const idle = this.idle.get(consumer) ?? [];
    this.idle.set(consumer, idle);
    return idle;
  }
}

function toSettings({ attempts, backoffSeconds }: SimulatedSubscription['settings']): Settings {
  return { ...NO_QUEUE, attempts, backoff: backoffSeconds };
}
