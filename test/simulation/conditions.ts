import type { Faults } from './faults';
import type { Chance, Roll } from './random';
import type { VirtualTime } from './virtual-time';

/** The parts of a world that all others share: its clock, its random numbers and its faults. */
export interface Conditions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
  /** How fast the world is. @default random short delays, which change the order of everything */
  readonly pace?: Pace;
}

/** The durations of a world in which speed is measured. In milliseconds. */
export interface Pace {
  /** Of a call, there and back. @param by the invocation that calls. @param name the call's name. @param roll its random numbers */
  call(by: string, name: string, roll: Roll): number;
  /** Of starting an instance of a function. */
  readonly coldStart: number;
  /** Of an invocation, without its calls. */
  invocation(messages: number): number;
  /** Between two receives of a queue's pollers. */
  readonly receive: number;
  /** Between two reads of a stream. */
  readonly read: number;
}
