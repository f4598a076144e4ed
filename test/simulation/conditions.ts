import type { Faults } from './faults';
import type { Chance } from './random';
import type { VirtualTime } from './virtual-time';

/** What all parts of a world share: its clock, its chance, and its faults. */
export interface Conditions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
}
