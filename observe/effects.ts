import type { OutgoingEvent } from '../lambdas/runtime/events/envelope';
import { type OutboxRecord, readOutbox } from '../lambdas/runtime/events/outbox';
import type { EndpointManifest, Manifest, ScheduleManifest, SubscriptionManifest } from '../lib/broker/manifest';
import { checkQueue, findSharedIds } from './histories';

/** The functions in a service's manifest that write idempotency records. */
export interface ServiceFunctions extends Pick<Manifest, 'service'> {
  readonly subscriptions: readonly Pick<SubscriptionManifest, 'name' | 'to'>[];
  readonly endpoints: readonly Pick<EndpointManifest, 'name'>[];
  readonly schedules?: readonly Pick<ScheduleManifest, 'name'>[];
}

/** The records of all services, which are written together with the effects and contain the emitted events. */
export interface EffectsHistory {
  /** Each as often as it was written, if that is known. */
  readonly records: readonly OutboxRecord[];
  readonly services: readonly ServiceFunctions[];
  /** The events in the outboxes of these records: {@link emittedEvents}. */
  readonly emitted: readonly OutgoingEvent[];
  /** Whether an event must have been processed by now. */
  isAwaited(event: OutgoingEvent): boolean;
  /** Names an event in a finding. */
  describe(event: OutgoingEvent): string;
}

/** The findings, one sentence each. */
export interface EffectsFindings {
  /** Events that a subscriber has not processed, or more than once. */
  readonly undelivered: readonly string[];
  /** Records of events that were not emitted for their consumer. */
  readonly phantoms: readonly string[];
  /** Ids of several events. An event can be emitted again with the same metadata. */
  readonly reusedIds: readonly string[];
}

/** Finds events whose effect is missing or repeated at one of their subscribers, and effects without an event. */
export function checkEffects({ records, services, emitted, isAwaited, describe }: EffectsHistory): EffectsFindings {
  const events = new Map(emitted.flatMap((event) => recordIdsOf(event, services).map((id) => [id, event] as const)));
  const { lost, repeated, unexpected } = checkQueue({
    attempted: events.keys(),
    accepted: [...events].filter(([, event]) => isAwaited(event)).map(([id]) => id),
    effects: records.map(({ id }) => id),
  });
  const wrong = (id: string, times: string) => {
    const event = events.get(id);
    const [consumer, cause] = splitRecordId(id);
    return `${consumer} ${times} processed ${event ? describe(event) : cause}.`;
  };
  const seen = emitted.map((event) => [idOf(event), JSON.stringify([event.name, event.detail.metadata])] as const);
  return {
    undelivered: [
      ...lost.map((id) => wrong(id, 'has not')),
      ...repeated.map(({ id, times }) => wrong(id, `has ${times} times`)),
    ],
    phantoms: findPhantoms(unexpected, events, services),
    reusedIds: findSharedIds(seen).map((id) => `Several events have the id ${id}.`),
  };
}

/** Returns the events in the outboxes of records. */
export function emittedEvents(records: EffectsHistory['records']): OutgoingEvent[] {
  return records.flatMap((record) => readOutbox(record).events);
}

function findPhantoms(
  ids: readonly string[],
  events: ReadonlyMap<string, OutgoingEvent>,
  services: readonly ServiceFunctions[],
): string[] {
  const names = (functions: (service: ServiceFunctions) => readonly { readonly name: string }[]) =>
    new Set(services.flatMap((one) => functions(one).map(({ name }) => `${one.service}.${name}`)));
  const subscriptions = names((service) => service.subscriptions);
  // Their records belong to requests and scheduled runs, not to events.
  const others = names(({ endpoints, schedules = [] }) => [...endpoints, ...schedules]);
  return ids.flatMap((id) => {
    const [worker, cause] = splitRecordId(id);
    // An adapter's own unit of work, for example `payments.collect-payment:degraded`, belongs to its consumer's event.
    const consumer = worker.replace(/:.*/, '');
    if (others.has(consumer) || events.has(`${consumer}#${cause}`)) return [];
    const what = subscriptions.has(consumer)
      ? 'an event that was not emitted for it'
      : 'something, but is not deployed';
    return [`${consumer} has processed ${what}: record ${id}.`];
  });
}

/** The ids of an event's records: one for each subscriber. */
function recordIdsOf(event: OutgoingEvent, services: readonly ServiceFunctions[]): string[] {
  const contract = `${event.source}.${event.name}`;
  return services.flatMap(({ service, subscriptions }) =>
    subscriptions.filter(({ to }) => to.includes(contract)).map(({ name }) => `${service}.${name}#${idOf(event)}`),
  );
}

function idOf({ detail }: OutgoingEvent): string {
  return detail.metadata.id;
}

function splitRecordId(id: string): [consumer: string, cause: string] {
  const at = id.indexOf('#');
  return [id.slice(0, at), id.slice(at + 1)];
}
