import type { ConsoleService, FlowDetail, FlowRequest, FlowStep, OutgoingCall } from '../api';

/** A request that a function of the flow sent to another system. */
export interface SentCall extends OutgoingCall {
  /** The function that sent it. */
  readonly by: string;
  /** The event or request that the function processed. */
  readonly causeId: string;
  /** From 1. Attempts have the same idempotency key. */
  readonly attempt: number;
}

/** An event of a flow, a request that caused events, or a request to another system. */
export type TimelineEntry = Content & {
  readonly id: string;
  readonly at: string;
  /** Milliseconds since the entry before. */
  readonly gap: number;
};

type Content =
  | { readonly kind: 'event'; readonly step: FlowStep }
  | { readonly kind: 'request'; readonly request: FlowRequest }
  | { readonly kind: 'call'; readonly call: SentCall };

type Untimed = Content & { readonly id: string; readonly at: string };

/** Returns events, requests and calls in the order of time and cause. */
export function entriesOf(flow: FlowDetail): TimelineEntry[] {
  const entries = flow.steps.map((step): Untimed => ({ kind: 'event', id: step.id, at: step.occurredAt, step }));
  for (const request of flow.requests ?? []) {
    const { id, at } = request;
    insert(entries, { kind: 'request', id: `request ${id}`, at, request }, ({ causationId }) => causationId === id);
  }
  for (const call of callsOf(flow)) {
    const { at, by, causeId } = call;
    const isEffect = ({ causationId, emitter }: FlowStep) => causationId === causeId && emitter === by;
    insert(entries, { kind: 'call', id: `call ${by} ${at}`, at, call }, isEffect);
  }
  let before = flow.startedAt;
  return entries.map((entry) => {
    const gap = Date.parse(entry.at) - Date.parse(before);
    before = entry.at;
    return { ...entry, gap };
  });
}

/** Adds an entry before the events that it caused: they can have an earlier time, that of the start of their unit of work. */
function insert(entries: Untimed[], entry: Untimed, isEffect: (step: FlowStep) => boolean): void {
  const place = entries.findIndex((one) => one.at > entry.at || (one.kind === 'event' && isEffect(one.step)));
  entries.splice(place < 0 ? entries.length : place, 0, entry);
}

function callsOf({ steps, requests = [] }: FlowDetail): SentCall[] {
  const made = [
    ...requests.flatMap(({ id, function: by, calls = [] }) => calls.map((call) => ({ ...call, by, causeId: id }))),
    ...steps.flatMap(({ id, receipts }) =>
      receipts.flatMap(({ subscriber: by, calls = [] }) => calls.map((call) => ({ ...call, by, causeId: id }))),
    ),
  ].sort((one, other) => (one.at < other.at ? -1 : 1));
  const attempts = new Map<string, number>();
  return made.map((call) => {
    const operation = [call.by, call.method, call.url, call.key].join(' ');
    const attempt = call.key === undefined ? 1 : (attempts.get(operation) ?? 0) + 1;
    attempts.set(operation, attempt);
    return { ...call, attempt };
  });
}

/** Returns the service of this system that received a call, if it was one, and the address: its path at that service. */
export function receiverOf(
  { url }: Pick<OutgoingCall, 'url'>,
  services: readonly Pick<ConsoleService, 'service' | 'url'>[],
): { readonly service?: string; readonly path: string } {
  const receiver = services.find((one) => one.url !== undefined && url.startsWith(one.url));
  return receiver?.url ? { service: receiver.service, path: url.slice(receiver.url.length) } : { path: url };
}

/** Whether the receiver has accepted a call. */
export function isAccepted({ status = 0 }: Pick<OutgoingCall, 'status'>): boolean {
  return status >= 200 && status < 300;
}
