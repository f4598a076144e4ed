import { inParallel } from '../cli/parallel';
import type { Deployment } from '../deployed/discover';
import type { OutgoingEvent } from '../lambdas/runtime/events/envelope';
import { readOutbox } from '../lambdas/runtime/events/outbox';
import { findFlow } from './find-flow';
import {
  byTime,
  contractName,
  type Flow,
  type FlowRequest,
  type FlowState,
  type FlowSummary,
  type ObservedEvent,
  STUCK_AFTER_SECONDS,
  type Step,
} from './flow';
import { eventsOfFlow, flowsWithId, newestEvents } from './journal';
import { Explanation, receiptOf, subscribersOf } from './receipts';
import { callsIn, type FoundRecord, type RecordKey, readRecords, recordId } from './records';
import { type ShowData, showAll } from './redaction';
import { functionsOf, type MapFunction } from './system-map';

type Observed = Pick<Deployment, 'services' | 'clients' | 'journal' | 'stage'>;

/** Options for reading a flow. */
export interface TraceOptions {
  /** Shows or hides the events' data: see `redactionOf`. @default shows everything */
  readonly show?: ShowData;
  /** Whether to explain pending receipts by dead letters and logs, which takes calls for each of them. @default true */
  readonly explain?: boolean;
  readonly now?: Date;
}

/**
 * Returns the flow that an id belongs to: the id of an event, a request or a message that failed, a correlation id, or an id in events' data.
 *
 * The events come from the journal and from the outboxes of the functions that processed them, so reminders appear before they are due.
 * Without a journal, the outboxes alone show a flow whose first request is known.
 *
 * @returns undefined if the id is unknown
 */
export async function traceOf(deployment: Observed, id: string, options: TraceOptions = {}): Promise<Flow | undefined> {
  const correlationId = await findFlow(deployment, id);
  return correlationId === undefined ? undefined : readFlow(deployment, correlationId, options);
}

/**
 * Returns the flow of a correlation id; undefined when it has no events. A webhook or a schedule begins with a correlation id of its
 * own: events that share an id in their data are shown as one flow.
 */
export async function readFlow(
  deployment: Observed,
  correlationId: string,
  { show = showAll, explain = true, now = new Date() }: TraceOptions = {},
): Promise<Flow | undefined> {
  const { events, records } = await collect(deployment, correlationId);
  if (events.length === 0) return undefined;
  const explanation = new Explanation(deployment);
  const replaced = new Set(events.flatMap(({ edited }) => (edited ? [`${edited.for}#${edited.of}`] : [])));
  const steps = await Promise.all(
    events.map(async ({ data, ...event }): Promise<Step> => {
      const receipts = subscribersOf(deployment, event).map(async (subscriber) => {
        const receipt = receiptOf(event, subscriber, records, now);
        if (receipt.state === 'pending' && replaced.has(`${subscriber.consumer}#${event.id}`))
          return { ...receipt, state: 'replaced' as const };
        return explain ? explanation.explain(event, subscriber, receipt) : receipt;
      });
      const emitter = event.edited ? `operator ${event.edited.by}` : emitterOf(event, records);
      return {
        event: { ...event, ...(data !== undefined && { data: show(event, data) }) },
        ...(emitter !== undefined && { emitter }),
        receipts: await Promise.all(receipts),
      };
    }),
  );
  const correlationIds = [...new Set(events.map((event) => event.correlationId))];
  const reminders = new Set(events.filter(({ channel }) => channel === 'reminder').map(({ id }) => id));
  // A reminder that causes no event does not make its flow longer.
  const ends = [...records.values()].filter(({ id }) => !reminders.has(id.slice(id.indexOf('#') + 1)));
  const times = [...events.map(({ occurredAt }) => occurredAt), ...ends.map(({ processedAt }) => processedAt)];
  const stuckAt = [...new Set(steps.flatMap((step) => stuckIn(step, now)))];
  return {
    correlationId: correlationIds[0] ?? correlationId,
    correlationIds,
    startedAt: events[0]?.occurredAt ?? '',
    endedAt: times.sort().at(-1) ?? '',
    state: stateOf(steps, stuckAt),
    stuckAt,
    steps,
    requests: requestsIn(deployment, events, records),
  };
}

/** The flows to list. */
export interface FlowFilter {
  /** Flows at most. @default 50 */
  readonly limit?: number;
  /** Flows that had an event before this time. @default now */
  readonly until?: Date;
  /** Flows that had an event since this time. @default as far back as the journal reaches */
  readonly since?: Date;
  /** Flows in this state. The list can be shorter than the limit. @default any state */
  readonly state?: FlowState;
}

/**
 * Returns the flows with the newest events, newest first.
 *
 * @throws Failure when the journal is not deployed
 */
export async function recentFlows(
  deployment: Observed,
  { limit = 50, until, since, state }: FlowFilter = {},
): Promise<FlowSummary[]> {
  const flowsIn = (events: readonly ObservedEvent[]) => [...new Set(events.map((one) => one.correlationId))];
  const events = await newestEvents(deployment, { until, since }, (found) => flowsIn(found).length >= limit);
  const flows = new Map<string, Flow>();
  await inParallel(FLOWS_AT_ONCE, flowsIn(events).slice(0, limit), async (correlationId) => {
    const flow = await readFlow(deployment, correlationId, { explain: false });
    if (flow) flows.set(flow.correlationId, flow);
  });
  return [...flows.values()]
    .filter((flow) => state === undefined || flow.state === state)
    .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1))
    .map(summarise);
}

/** Reading a flow takes about four calls. */
const FLOWS_AT_ONCE = 10;

function summarise({ correlationId, startedAt, endedAt, state, stuckAt, steps }: Flow): FlowSummary {
  const [first, newest] = [steps[0]?.event, steps.at(-1)?.event];
  return {
    ...{ correlationId, startedAt, endedAt, state, stuckAt },
    startedBy: first ? contractName(first) : '',
    newest: newest ? contractName(newest) : '',
    events: steps.length,
  };
}

interface Collected {
  /** Oldest first. */
  readonly events: readonly ObservedEvent[];
  /** The records of the functions that processed these events, and of those that emitted them. */
  readonly records: ReadonlyMap<string, FoundRecord>;
}

/** An id in more flows than these does not join them: it identifies a shop, for example, and not an order. */
const MOST_RELATED = 5;

/** Follows a flow from events to their records and outboxes, and from ids in data to related flows, until it finds no further event. */
async function collect(deployment: Observed, correlationId: string): Promise<Collected> {
  const events = new Map<string, ObservedEvent>();
  const records = new Map<string, FoundRecord>();
  const [asked, flows, ids] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const ask = async (keys: readonly RecordKey[]): Promise<boolean> => {
    const unknown = keys.filter((key) => !asked.has(askedId(key)));
    for (const key of unknown) asked.add(askedId(key));
    const found = await readRecords(deployment, unknown);
    for (const [id, record] of found) {
      records.set(id, record);
      for (const event of readOutbox(record).events) {
        const { id: eventId, correlationId: flow } = event.detail.metadata;
        if (flows.has(flow) && !events.has(eventId)) events.set(eventId, toObserved(event));
      }
    }
    return found.size > 0;
  };
  const functions = deployment.services.flatMap(functionsOf);
  const addFlow = async (flow: string) => {
    flows.add(flow);
    for (const event of await eventsOfFlow(deployment, flow)) events.set(event.id, event);
    await ask(emitters(functions, flow));
  };
  await addFlow(correlationId);
  for (let isNew = true; isNew; ) {
    const known = [...events.values()];
    isNew = await ask([
      ...known.flatMap((event) =>
        subscribersOf(deployment, event).map(({ consumer }) => ({ consumer, causeId: event.id, event })),
      ),
      ...known.flatMap((event) => emitters(functions, event.causationId, event)),
    ]);
    for (const id of known.flatMap(idsIn).filter((one) => !ids.has(one))) {
      ids.add(id);
      const related = await flowsWithId(deployment, id);
      if (related.length > MOST_RELATED) continue;
      for (const flow of related.filter((one) => !flows.has(one))) {
        await addFlow(flow);
        isNew = true;
      }
    }
  }
  return { events: inOrderOfCause([...events.values()].sort(byTime)), records };
}

/** Where a record was looked for: an inbox's item is found by the data of an event. */
function askedId({ event, ...key }: RecordKey): string {
  return `${recordId(key)} ${event?.id}`;
}

/** The ids in an event's data, as the journal finds them (`lib/broker/journal/id-fields.ts`). */
function idsIn({ data }: ObservedEvent): string[] {
  const fields = typeof data === 'object' && data !== null ? Object.entries(data) : [];
  return fields.flatMap(([name, value]) => (/^id$|Id$/.test(name) && typeof value === 'string' ? [value] : []));
}

/**
 * The functions that may have emitted an event for a cause: those that declare its contract. If the cause itself is unknown, as an
 * operator's event is, the event's data mostly has the key of the inbox's item too.
 */
function emitters(functions: readonly MapFunction[], causeId: string, event?: ObservedEvent): RecordKey[] {
  return functions
    .filter(({ kind, emits }) =>
      event ? emits.includes(contractName(event)) : kind === 'endpoint' || kind === 'schedule',
    )
    .map(({ name }) => ({ consumer: name, causeId, ...(event && { event }) }));
}

function emitterOf(event: ObservedEvent, records: ReadonlyMap<string, FoundRecord>): string | undefined {
  const suffix = `#${event.causationId}`;
  for (const [id, record] of records) {
    const isIts =
      id.endsWith(suffix) && readOutbox(record).events.some(({ detail }) => detail.metadata.id === event.id);
    if (isIts) return id.slice(0, id.length - suffix.length);
  }
  return undefined;
}

/** Events can have the same time. An event follows the one that caused it. */
function inOrderOfCause(events: readonly ObservedEvent[]): ObservedEvent[] {
  const ids = new Set(events.map(({ id }) => id));
  const placed = new Set<string>();
  const ordered: ObservedEvent[] = [];
  let left = [...events];
  while (left.length > 0) {
    const next = left.find((one) => !ids.has(one.causationId) || placed.has(one.causationId)) ?? left[0];
    if (next === undefined) break;
    placed.add(next.id);
    ordered.push(next);
    left = left.filter((one) => one !== next);
  }
  return ordered;
}

function toObserved({ source, name, channel, due, detail }: OutgoingEvent): ObservedEvent {
  return {
    ...detail.metadata,
    source,
    name,
    channel: channel ?? 'bus',
    ...(due !== undefined && { due }),
    data: detail.data,
  };
}

function requestsIn(
  { services }: Pick<Deployment, 'services'>,
  events: readonly ObservedEvent[],
  records: ReadonlyMap<string, FoundRecord>,
): FlowRequest[] {
  const causes = new Set(events.map(({ causationId }) => causationId));
  const functions = services.flatMap(functionsOf).filter(({ kind }) => kind === 'endpoint' || kind === 'schedule');
  return functions.flatMap(({ name, route }) =>
    [...causes].flatMap((causeId): FlowRequest[] => {
      const record = records.get(recordId({ consumer: name, causeId }));
      if (record === undefined) return [];
      return [
        { id: causeId, function: name, route, at: record.processedAt, ...responseIn(record), ...callsIn(record) },
      ];
    }),
  );
}

function responseIn({ response }: FoundRecord): Pick<FlowRequest, 'response'> {
  if (response === undefined) return {};
  const { statusCode: status = 200, headers = {}, body = '' } = JSON.parse(response) as Answered;
  return { response: { status, headers, body } };
}

/** A response as `accept` stores it. */
type Answered = Partial<{ statusCode: number; headers: Record<string, string>; body: string }>;

/** The subscribers at which an event does not progress. */
function stuckIn({ event, receipts }: Step, now: Date): string[] {
  const waits = now.getTime() - Date.parse(event.due ?? event.occurredAt) > STUCK_AFTER_SECONDS * 1_000;
  return receipts
    .filter(({ state }) => state === 'dead' || state === 'retrying' || (waits && /^(pending|deferred)$/.test(state)))
    .map(({ subscriber }) => subscriber);
}

function stateOf(steps: readonly Step[], stuckAt: readonly string[]): FlowState {
  if (stuckAt.length > 0) return 'stuck';
  const isSettled = steps.every(({ receipts }) =>
    receipts.every(({ state }) => state === 'processed' || state === 'scheduled' || state === 'replaced'),
  );
  return isSettled ? 'settled' : 'running';
}
