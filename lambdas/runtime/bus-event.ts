import type { Detail, OutgoingEvent } from './envelope';

/** An event as EventBridge hands it to a queue, as far as this system reads it. Every channel delivers this shape. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Detail;
}

export function toBusEvent({ source, name, detail }: OutgoingEvent): BusEvent {
  return { source, 'detail-type': name, detail };
}
