import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { EventContract } from '../../contracts/core/contract';
import type { BusEvent } from '../../lambdas/runtime/events/bus-event';
import { groupOf } from '../../lambdas/runtime/events/envelope';
import type { PublisherClients, Targets } from '../../lambdas/runtime/publish/aws-publisher';
import { SimulatedEventBridge } from './aws/eventbridge';
import { SimulatedScheduler } from './aws/scheduler';
import { SimulatedSns } from './aws/sns';
import { SimulatedSqs } from './aws/sqs';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import { type Invocation, Unreachable } from './invocation';
import { olderEvent } from './versions';

/** The longest extra delay of a late event. */
const LATE_SECONDS = 20 * 60;

/** The name of the bus, also for its planned outages. */
export const BUS = 'bus';

const BUS_ARNS = {
  classic: 'arn:aws:events:eu-west-1:111122223333:event-bus/bus',
  v2: 'arn:aws:events:eu-west-1:111122223333:event-busv2/bus/1234567890abcdefghijklmno',
};

/** The parts of a subscription that channels use. */
interface Subscriber {
  readonly service: string;
  readonly name: string;
  readonly to: readonly EventContract[];
}

/** The subscribers of events, and the faults of their delivery. */
export interface ChannelOptions {
  readonly subscriptions: readonly Subscriber[];
  deliver(subscriber: string, body: string, group?: string): void;
  /** Notes that a relay sent a fair event without its group. */
  ungrouped(route: string): void;
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
  /** The ARN of the bus: of a Custom Event Bus in some worlds, of a classic one in the others. */
  readonly bus: string;
  private readonly eventBridge: SimulatedEventBridge;
  private readonly sns: SimulatedSns;
  private readonly scheduler: SimulatedScheduler;
  /** What the bus's archive keeps. */
  private readonly archive: {
    readonly at: number;
    readonly source: string;
    readonly name: string;
    readonly body: string;
  }[] = [];

  constructor(
    private readonly conditions: Conditions,
    private readonly options: ChannelOptions,
  ) {
    const { chance, time } = conditions;
    this.bus = chance.number('kind of bus') < 0.5 ? BUS_ARNS.classic : BUS_ARNS.v2;
    this.eventBridge = new SimulatedEventBridge(
      () => time.now,
      (detail) => this.isRefused(detail),
      (event) => {
        this.archive.push({ at: time.now, ...event });
        this.publish(event.source, event.name, event.body);
      },
    );
    this.sns = new SimulatedSns((topic, name, body, group) => this.publish(topic, name, body, { group }));
    this.scheduler = new SimulatedScheduler((at, queue, body, sent) => {
      // EventBridge Scheduler sends no group.
      this.route(queue, parse(body), body, { delaySeconds: (at - time.now) / 1_000 });
      time.after(at - time.now, sent);
    });
  }

  /** The clients of a relay in one invocation. */
  clients(service: string, relay: Invocation): PublisherClients {
    const sqs = new SimulatedSqs({
      send: ({ queue, body, delaySeconds, group }) => {
        if (queue === deadLetterQueue(service)) return this.options.park(service, body);
        const event = parse(body);
        const contract = this.subscriber(queue)?.to.find((one) => isOf(event, one));
        this.route(queue, event, body, { delaySeconds, group: contract && this.checked(event, contract, { group }) });
      },
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
      bus: this.bus,
      topic: service,
      reminders: { queues: Object.fromEntries(reminders) },
      deadLetterQueue: deadLetterQueue(service),
    };
  }

  /** Publishes the messages that a relay has parked, as operators do. */
  publishAgain(body: string): void {
    const event = parse(body);
    this.publish(event.source, event['detail-type'], body);
  }

  /** Sends the archived events of a period to the rules again. @returns their number */
  replay(from: number, to: number): number {
    const events = this.archive.filter(({ at }) => at >= from && at < to);
    for (const { source, name, body } of events) this.publish(source, name, body);
    return events.length;
  }

  /** @param relayed the group that a relay sent; undefined on the bus, whose rules and subscribers read it from the event */
  private publish(source: string, name: string, body: string, relayed?: { readonly group?: string }): void {
    let sent: { readonly event: BusEvent; readonly body: string } | undefined;
    for (const subscriber of this.options.subscriptions) {
      const contract = subscriber.to.find((one) => one.name === name && one.owner === source);
      if (!contract) continue;
      sent ??= this.asSent(body, contract);
      const { event } = sent;
      const group = relayed ? this.checked(event, contract, relayed) : groupOf(contract, event.detail.data);
      this.route(subscriber.name, event, sent.body, { group });
    }
  }

  /** Notes a group that is not the event's. @returns the group that was sent */
  private checked(
    event: BusEvent,
    contract: EventContract,
    { group }: { readonly group?: string },
  ): string | undefined {
    if (group !== groupOf(contract, event.detail.data)) this.options.ungrouped(`A relay sent ${event['detail-type']}`);
    return group;
  }

  private subscriber(name: string): Subscriber | undefined {
    return this.options.subscriptions.find((one) => one.name === name);
  }

  /** The event, as the old or the new code of its publisher sends it. */
  private asSent(body: string, contract: EventContract): { readonly event: BusEvent; readonly body: string } {
    const event = parse(body);
    if (contract.version === 1 || !this.conditions.faults.at(`${idIn(body)} code`, ['old publisher']))
      return { event, body };
    const older = olderEvent(event, contract);
    return { event: older, body: JSON.stringify(older) };
  }

  /** Delivers an event to a subscriber's queue. */
  private route(
    subscriber: string,
    event: BusEvent,
    body: string,
    { delaySeconds = 0, group }: { readonly delaySeconds?: number; readonly group?: string },
  ): void {
    const { chance, faults, time } = this.conditions;
    if (this.options.loses?.(event)) return;
    const route = `${event.detail.metadata.id} to ${subscriber}`;
    const loss = this.options.losableAs(event, subscriber);
    if (loss && faults.at(`${route} lost`, [loss])) return;
    const copies = faults.at(`${route} copies`, ['delivered twice']) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = faults.at(`${route} delay`, ['delivered late']);
      // Most delays are short, so that events that were sent together arrive together.
      const seconds = late ? chance.number(route) * LATE_SECONDS : chance.number(route) ** 4;
      time.after((delaySeconds + seconds) * 1_000, () => this.options.deliver(subscriber, body, group));
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

function isOf(event: BusEvent, { owner, name }: EventContract): boolean {
  return event.source === owner && event['detail-type'] === name;
}

function deadLetterQueue(service: string): string {
  return `${service}.relay/dead`;
}

function parse(body: string): BusEvent {
  return JSON.parse(body) as BusEvent;
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
