import type { FlowDetail, FlowRequest, FlowStep } from '../api';

/** An event of a flow, or a request that caused events. */
export type TimelineEntry = { readonly id: string; readonly at: string; readonly gap: number } & (
  | { readonly step: FlowStep; readonly request?: undefined }
  | { readonly step?: undefined; readonly request: FlowRequest }
);

/** Events and the requests that caused them, in the order of time, with the time since the entry before. */
export function entriesOf({ steps, requests = [], startedAt }: FlowDetail): TimelineEntry[] {
  // A request comes before the events that it caused, which have the same time.
  const causes = requests.map((request) => ({ id: `request ${request.id}`, at: request.at, request, step: undefined }));
  const events = steps.map((step) => ({ id: step.id, at: step.occurredAt, step, request: undefined }));
  const all: (typeof causes | typeof events)[number][] = [...events];
  for (const cause of causes) {
    const place = all.findIndex(({ at, step }) => step?.causationId === cause.request.id || at > cause.at);
    all.splice(place < 0 ? all.length : place, 0, cause);
  }
  let before = startedAt;
  return all.map((entry) => {
    const gap = Date.parse(entry.at) - Date.parse(before);
    before = entry.at;
    return { ...entry, gap } as TimelineEntry;
  });
}
