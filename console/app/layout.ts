import type { ConsoleService } from '../api';

export const WIDTH = 240;
const GAP = 32;
/** Between the bus and the services. */
const DISTANCE = 90;
export const BUS_HEIGHT = 46;
const HEAD = 52;
const ROW = 25;

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** On which side of the bus. */
  readonly side: 'above' | 'below';
}

/** Places services above and below the bus, the tallest ones above. */
export function layout(services: readonly ConsoleService[]): {
  readonly places: ReadonlyMap<string, Place>;
  readonly width: number;
} {
  const perRow = Math.max(1, Math.ceil(services.length / 2));
  const places = new Map<string, Place>();
  for (const [index, service] of services.entries()) {
    const side = index < perRow ? 'above' : 'below';
    const inRow = side === 'above' ? perRow : services.length - perRow;
    // The second row is centred below the first.
    const offset = ((perRow - inRow) * (WIDTH + GAP)) / 2;
    const x = offset + (index % perRow) * (WIDTH + GAP);
    const height = HEAD + service.functions.filter(({ kind }) => kind !== 'relay').length * ROW;
    const y = side === 'above' ? -DISTANCE - height : BUS_HEIGHT + DISTANCE;
    places.set(service.service, { x, y, height, side });
  }
  return { places, width: perRow * (WIDTH + GAP) - GAP };
}
