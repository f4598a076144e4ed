import { OrderConfirmed, OrderCreated, OrderDue } from '../../contracts';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { EntryResult } from '../../lambdas/runtime/publish/publish';
import type { Invocation } from './invocation';
import type { World } from './world';

/** How much later than it should a late event comes, at most. */
const LATE_SECONDS = 20 * 60;

/** Whose answers the controller waits for, whatever becomes of the order. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  [OrderCreated.name]: ['inventory.reserve-stock', 'payments.request-payment'],
  [OrderConfirmed.name]: ['shipping.dispatch-shipment'],
};

/** All channels: every event reaches every queue that subscribed to it, at least once, in no order; reminders when due. */
export class SimulatedBus {
  constructor(private readonly world: World) {}

  async send(events: readonly OutgoingEvent[], relay: Invocation): Promise<readonly EntryResult[]> {
    const [first] = events;
    const { busAnswer = (result) => result } = this.world.sabotage;
    const effect = () => events.map((event) => busAnswer(this.putEvent(event)));
    try {
      return await relay.step(`PutEvents ${first?.detail.metadata.id}`, effect);
    } catch (error) {
      return events.map(() => ({ kind: 'failed', error: String(error) }));
    }
  }

  private putEvent(event: OutgoingEvent): EntryResult {
    const { id } = event.detail.metadata;
    if (this.world.faults.at(`entry ${id}`, ['refused in part']))
      return { kind: 'failed', error: 'ThrottlingException' };
    if (this.world.sabotage.loses?.(event)) return { kind: 'published' };
    for (const { name, to } of this.world.subscriptions) {
      if (!to.some((contract) => contract.name === event.name && contract.owner === event.source)) continue;
      if (event.name === OrderDue.name) this.world.wind();
      if (!this.isLost(event, name)) this.deliver(event, name);
    }
    return { kind: 'published' };
  }

  /**
   * AWS promises to lose nothing; people do, who purge a queue or take a rule away for a moment. What the controller waits for
   * an answer to it sends again, and a sweep finds what its reminders would have.
   */
  private isLost(event: OutgoingEvent, subscriber: string): boolean {
    const { faults } = this.world;
    const route = `${event.detail.metadata.id} to ${subscriber}`;
    if (event.name === OrderDue.name) return faults.at(`${route} lost`, ['reminder lost']) !== undefined;
    const isAnswered = ANSWERS[event.name]?.includes(subscriber) ?? false;
    return isAnswered && faults.at(`${route} lost`, ['lost on its way']) !== undefined;
  }

  private deliver(event: OutgoingEvent, subscriber: string): void {
    const { chance, faults, time } = this.world;
    const route = `${event.detail.metadata.id} to ${subscriber}`;
    const { source, name, detail } = event;
    const body = JSON.stringify({ source, 'detail-type': name, detail });
    const copies = faults.at(`${route} copies`, ['delivered twice']) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = faults.at(`${route} delay`, ['delivered late']);
      // Most are fast, so that what was sent together arrives together.
      const seconds = late ? chance.number(route) * LATE_SECONDS : chance.number(route) ** 4;
      const due = event.due ? Math.max(0, Date.parse(event.due) - time.now) : 0;
      time.after(due + seconds * 1_000, () => this.world.queue(subscriber).send(body));
    }
  }
}
