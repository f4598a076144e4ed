import type { EventContract } from '../../contracts/core/contract';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { EntryResult } from '../../lambdas/runtime/publish/publish';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import type { Invocation } from './invocation';

/** The longest extra delay of a late event. */
const LATE_SECONDS = 20 * 60;

/** The subscribers of events, and the faults of their delivery. */
export interface BusOptions {
  readonly subscriptions: readonly { readonly name: string; readonly to: readonly EventContract[] }[];
  deliver(subscriber: string, body: string): void;
  /**
   * The fault that can lose an event before it reaches a subscriber. Undefined if nothing would publish the event again. AWS loses
   * no events, but people do when they purge a queue or remove a rule for a moment.
   */
  losableAs(event: OutgoingEvent, subscriber: string): FaultKind | undefined;
  /** Sabotage: replaces the result of an entry. */
  readonly answer?: (result: EntryResult) => EntryResult;
  /** Sabotage: whether an event is lost although its channel accepted it. */
  readonly loses?: (event: OutgoingEvent) => boolean;
}

/** Simulates all channels: every event reaches every subscribed queue at least once and in any order, reminders when they are due. */
export class SimulatedBus {
  constructor(
    private readonly conditions: Conditions,
    private readonly options: BusOptions,
  ) {}

  async send(events: readonly OutgoingEvent[], relay: Invocation): Promise<readonly EntryResult[]> {
    const [first] = events;
    const { answer = (result) => result } = this.options;
    const effect = () => events.map((event) => answer(this.putEvent(event)));
    try {
      return await relay.step(`PutEvents ${first?.detail.metadata.id}`, effect);
    } catch (error) {
      return events.map(() => ({ kind: 'failed', error: String(error) }));
    }
  }

  private putEvent(event: OutgoingEvent): EntryResult {
    const { id } = event.detail.metadata;
    if (this.conditions.faults.at(`entry ${id}`, ['refused in part'])) {
      return { kind: 'failed', error: 'ThrottlingException' };
    }
    if (this.options.loses?.(event)) return { kind: 'published' };
    for (const { name, to } of this.options.subscriptions) {
      if (!to.some((contract) => contract.name === event.name && contract.owner === event.source)) continue;
      if (!this.isLost(event, name)) this.deliver(event, name);
    }
    return { kind: 'published' };
  }

  private isLost(event: OutgoingEvent, subscriber: string): boolean {
    const kind = this.options.losableAs(event, subscriber);
    if (!kind) return false;
    return this.conditions.faults.at(`${event.detail.metadata.id} to ${subscriber} lost`, [kind]) !== undefined;
  }

  private deliver(event: OutgoingEvent, subscriber: string): void {
    const { chance, faults, time } = this.conditions;
    const route = `${event.detail.metadata.id} to ${subscriber}`;
    const { source, name, detail } = event;
    const body = JSON.stringify({ source, 'detail-type': name, detail });
    const copies = faults.at(`${route} copies`, ['delivered twice']) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = faults.at(`${route} delay`, ['delivered late']);
      // Most delays are short, so that events that were sent together arrive together.
      const seconds = late ? chance.number(route) * LATE_SECONDS : chance.number(route) ** 4;
      const due = event.due ? Math.max(0, Date.parse(event.due) - time.now) : 0;
      time.after(due + seconds * 1_000, () => this.options.deliver(subscriber, body));
    }
  }
}
