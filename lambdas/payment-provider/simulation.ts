import * as z from 'zod/mini';
import { table } from '../runtime/store/store';
import { Simulation } from './charge';

/** How the bank behaves for everybody, until it is told otherwise. */
export const BankSimulation = z.extend(Simulation, {
  /** Until then every call but the one that sets this is answered with 503, and no callback leaves. */
  outageUntil: z.optional(z.iso.datetime()),
});
export type BankSimulation = z.infer<typeof BankSimulation>;

/** There is one. */
export const simulation = table<BankSimulation>('simulation', 'id')('all');

export function isOut({ outageUntil }: BankSimulation, now: Date): boolean {
  return outageUntil !== undefined && now.getTime() < Date.parse(outageUntil);
}
