import type { Detail, OutgoingEvent } from './envelope';

/** An event as EventBridge hands it to a queue, as far as this system reads it. Every channel delivers this shape. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Detail;
  /** Of reminders: when they are to come. ISO 8601, UTC. */
  readonly due?: string;
}

export function toBusEvent({ source, name, detail, due }: OutgoingEvent): BusEvent {
  return { source, 'detail-type': name, detail, ...(due !== undefined && { due }) };
}
