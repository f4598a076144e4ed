import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Compresses events for an item: a third to a fifth of their JSON, because their ids and names repeat. */
export function packEvents(events: readonly object[]): Uint8Array {
  return deflateRawSync(JSON.stringify(events));
}

/** Reads what {@link packEvents} has written. @returns nothing for an item without events */
export function unpackEvents<Event>({ events }: { readonly events?: Uint8Array }): Event[] {
  return events === undefined ? [] : (JSON.parse(inflateRawSync(events).toString()) as Event[]);
}
