import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { EventContract } from '../../contracts/core/contract';
import type { BusEvent } from '../../lambdas/runtime/events/bus-event';
import type { PublisherClients, Targets } from '../../lambdas/runtime/publish/aws-publisher';
import { SimulatedEventBridge } from './aws/eventbridge';
import { SimulatedScheduler } from './aws/scheduler';
import { SimulatedSns } from './aws/sns';
import { SimulatedSqs } from './aws/sqs';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import { type Invocation, Unreachable } from './invocation';

/** The longest extra delay of a late event. */
const LATE_SECONDS = 20 * 60;

/** The name of the bus, also for its planned outages. */
export const BUS = 'bus';

/** The parts of a subscription that channels use. */
interface Subscriber {
  readonly service: string;
  readonly name: string;
  readonly to: readonly EventContract[];
}

/** The subscribers of events, and the faults of their delivery. */
export interface ChannelOptions {
  readonly subscriptions: readonly Subscriber[];
  deliver(subscriber: string, body: string): void;
  /** Receives the messages that a relay parks. */
  park(service: string, body: string): void;
  /**
   * The fault that can lose an event before it reaches a subscriber. Undefined if nothing would publish the event again. AWS loses
   * no events, but people do when they purge a queue or remove a rule for a moment.
   */
  losableAs(event: BusEvent, subscriber: string): FaultKind | undefined;
  /** Sabotage: whether an event is lost although its channel accepted it. */
  readonly loses?: (event: BusEvent) => boolean;
}

/** Simulates all channels: every event reaches every subscribed queue at least once and in any order, reminders when they are due. */
export class SimulatedChannels {
  private readonly eventBridge: SimulatedEventBridge;
  private readonly sns: SimulatedSns;
  private readonly scheduler: SimulatedScheduler;

  constructor(
    private readonly conditions: Conditions,
    private readonly options: ChannelOptions,
  ) {
    const { time } = conditions;
    this.eventBridge = new SimulatedEventBridge(
      () => time.now,
      (detail) => this.isRefused(detail),
      ({ source, name, body }) => this.publish(source, name, body),
    );
    this.sns = new SimulatedSns((topic, name, body) => this.publish(topic, name, body));
    this.scheduler = new SimulatedScheduler((at, queue, body, sent) => {
      this.route(queue, body, (at - time.now) / 1_000);
      time.after(at - time.now, sent);
    });
  }

  /** The clients of a relay in one invocation. */
  clients(service: string, relay: Invocation): PublisherClients {
    const sqs = new SimulatedSqs({
      send: ({ queue, body, delaySeconds }) =>
        queue === deadLetterQueue(service) ? this.options.park(service, body) : this.route(queue, body, delaySeconds),
      changeVisibility: () => {},
    });
    const client = <Client>(name: string, aws: { execute(command: object): object }) => {
      const send = (command: object) =>
        relay.step(`${name} ${firstId(command)}`, () => {
          this.refuseInOutage();
          return aws.execute(command);
        });
      return () => ({ send }) as Client;
    };
    return {
      bus: client<EventBridgeClient>('PutEvents', this.eventBridge),
      topics: client<SNSClient>('PublishBatch', this.sns),
      queues: client<SQSClient>('SendMessage', sqs),
      schedules: client<SchedulerClient>('CreateSchedule', this.scheduler),
    };
  }

  /** The targets of a service's relay. */
  targets(service: string): Targets {
    const own = this.options.subscriptions.filter((one) => one.service === service);
    const reminders = own.flatMap(({ name, to }) =>
      to.filter(({ channel }) => channel === 'reminder').map((contract) => [contract.name, { url: name, arn: name }]),
    );
    return {
      bus: BUS,
      topic: service,
      reminders: { queues: Object.fromEntries(reminders) },
      deadLetterQueue: deadLetterQueue(service),
    };
  }

  /** Publishes the messages that a relay has parked, as operators do. */
  publishAgain(body: string): void {
    const event = JSON.parse(body) as BusEvent;
    this.publish(event.source, event['detail-type'], body);
  }

  private publish(source: string, name: string, body: string): void {
    for (const subscriber of this.options.subscriptions) {
      if (subscriber.to.some((contract) => contract.name === name && contract.owner === source)) {
        this.route(subscriber.name, body);
      }
    }
  }

  /** Delivers an event to a subscriber's queue. */
  private route(subscriber: string, body: string, delaySeconds = 0): void {
    const { chance, faults, time } = this.conditions;
    const event = JSON.parse(body) as BusEvent;
    if (this.options.loses?.(event)) return;
    const route = `${event.detail.metadata.id} to ${subscriber}`;
    const loss = this.options.losableAs(event, subscriber);
    if (loss && faults.at(`${route} lost`, [loss])) return;
    const copies = faults.at(`${route} copies`, ['delivered twice']) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = faults.at(`${route} delay`, ['delivered late']);
      // Most delays are short, so that events that were sent together arrive together.
      const seconds = late ? chance.number(route) * LATE_SECONDS : chance.number(route) ** 4;
      time.after((delaySeconds + seconds) * 1_000, () => this.options.deliver(subscriber, body));
    }
  }

  private isRefused(detail: string): boolean {
    return this.conditions.faults.at(`entry ${idIn(detail)}`, ['refused in part']) !== undefined;
  }

  private refuseInOutage(): void {
    const { faults, time } = this.conditions;
    if (faults.isDown(BUS, time.now)) throw new Unreachable('the channels are down');
  }
}

function deadLetterQueue(service: string): string {
  return `${service}.relay/dead`;
}

/** Returns the id of the first event of a call, which names the call identically in every run. */
function firstId(command: object): string {
  const { input } = command as { readonly input: Readonly<Record<string, unknown>> };
  const [entry = {}] = (input.Entries ?? input.PublishBatchRequestEntries ?? []) as Readonly<Record<string, string>>[];
  const { Input } = (input.Target ?? {}) as { readonly Input?: string };
  return idIn(entry.Detail ?? entry.Message ?? entry.MessageBody ?? (input.MessageBody as string) ?? Input ?? '');
}

/** The id of the event in a message's body; empty if there is none. */
export function idIn(json: string): string {
  return /"metadata":\{"id":"([^"]+)"/.exec(json)?.[1] ?? '';
}
