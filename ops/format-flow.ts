import { counted, printable } from '../cli/text';
import type { OutgoingCall } from '../lambdas/runtime/work/outgoing-call';
import { contractName, type Flow, type FlowRequest, type Receipt, type Step } from '../observe/flow';
import { formatAge } from './times';

/** Shortest time without an event that gets its own line, in milliseconds. */
const GAP_MS = 5_000;

/** Formats a flow as a timeline. Times are seconds since its first event. */
export function formatFlow(flow: Flow, { withData }: { readonly withData: boolean }): string {
  const began = Date.parse(flow.startedAt);
  const since = (time: string) => ((Date.parse(time) - began) / 1_000).toFixed(3).padStart(9);
  const lines = [headline(flow), ''];
  const requests = new Map(flow.requests.map((request) => [request.id, request]));
  const width = Math.max(
    ...flow.steps.flatMap(({ receipts }) => receipts.map(({ subscriber }) => subscriber.length)),
    0,
  );
  let previous = began;
  for (const step of flow.steps) {
    const { causationId } = step.event;
    lines.push(...describeRequest(requests.get(causationId), since));
    requests.delete(causationId);
    const gap = Date.parse(step.event.occurredAt) - previous;
    if (gap > GAP_MS) lines.push(`           … ${formatAge(gap)} without an event`);
    previous = Date.parse(step.event.occurredAt);
    lines.push(`${since(step.event.occurredAt)}  ${describeEvent(step, flow)}`);
    if (withData) lines.push(`             ${JSON.stringify(step.event.data)}`);
    if (step.receipts.length === 0) lines.push('             no subscriber');
    for (const receipt of step.receipts) {
      lines.push(`             ${receipt.subscriber.padEnd(width)}  ${describeReceipt(receipt, since)}`);
      lines.push(...describeCalls(receipt.calls, since));
    }
  }
  return lines.map(printable).join('\n');
}

function headline({ correlationId, state, stuckAt, steps, startedAt, endedAt }: Flow): string {
  const duration = formatAge(Date.parse(endedAt) - Date.parse(startedAt));
  const where = stuckAt.length > 0 ? ` at ${stuckAt.join(', ')}` : '';
  return `Flow ${correlationId}: ${state}${where}. ${counted(steps.length, 'event')} in ${duration}, from ${startedAt}.`;
}

function describeEvent({ event, emitter }: Step, { steps }: Flow): string {
  const cause = steps.find((one) => one.event.id === event.causationId)?.event;
  const by = emitter === undefined ? '' : ` by ${emitter}`;
  const after = cause === undefined ? '' : `, caused by ${cause.name}`;
  const channel =
    event.channel === 'bus' ? '' : ` (${event.channel}${event.due === undefined ? '' : `, due ${event.due}`})`;
  return `${contractName(event)}${channel}${by}${after}  ${event.id}`;
}

/** Describes the request that caused an event, if it was not an event. */
function describeRequest(request: FlowRequest | undefined, since: (time: string) => string): string[] {
  if (request === undefined) return [];
  const { at, function: name, route = 'schedule', response, calls } = request;
  const answer = response === undefined ? '' : ` ${response.status}`;
  return [`${since(at)}  ${route} → ${name}${answer}`, ...describeCalls(calls, since)];
}

/** Describes requests to other systems: what was sent where, and the answer. */
function describeCalls(calls: readonly OutgoingCall[] = [], since: (time: string) => string): string[] {
  return calls.map(({ at, method, url, about, status, problem = '', milliseconds }) => {
    const what = about === undefined ? '' : ` ${about}`;
    const answer = status === undefined ? `no response: ${problem}` : String(status);
    return `${since(at)}  ${method} ${url}${what} → ${answer} in ${milliseconds} ms`;
  });
}

const MARKS: Readonly<Record<Receipt['state'], string>> = {
  processed: '✓',
  scheduled: '·',
  pending: '…',
  retrying: '↻',
  deferred: '⏸',
  dead: '✗',
  replaced: '✎',
};

function describeReceipt({ state, at, attempt, reason, error }: Receipt, since: (time: string) => string): string {
  const facts = [
    ...(at === undefined ? [] : [`at ${since(at).trim()}`]),
    ...(attempt === undefined ? [] : [`attempt ${attempt}`]),
    ...(reason === undefined ? [] : [reason]),
  ];
  return `${MARKS[state]} ${state}${facts.length > 0 ? ` ${facts.join(', ')}` : ''}${error === undefined ? '' : `: ${error}`}`;
}
