import * as z from 'zod/mini';
import type { Ref } from '../runtime/store/store';
import { Simulation } from './charge';

/** How the bank behaves for everybody, until it is told otherwise. */
export const BankSimulation = z.extend(Simulation, {
  /** Until then every call but the one that sets this is answered with 503, and no callback leaves. */
  outageUntil: z.optional(z.iso.datetime()),
});
export type BankSimulation = z.infer<typeof BankSimulation>;

/** The only item of the table `simulation`. */
export const simulation: Ref<BankSimulation, 'simulation'> = { table: 'simulation', key: { id: 'all' } };

export function isOut({ outageUntil }: BankSimulation, now: Date): boolean {
  return outageUntil !== undefined && now.getTime() < Date.parse(outageUntil);
}
