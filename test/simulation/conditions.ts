import type { Faults } from './faults';
import type { Chance } from './random';
import type { VirtualTime } from './virtual-time';

/** The parts of a world that all others share: its clock, its random numbers and its faults. */
export interface Conditions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
}
