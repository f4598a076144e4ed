import * as z from 'zod/mini';
import type { Ref } from '../runtime/store/store';
import { Simulation } from './charge';

/** The simulation for all requests, until it is replaced. */
export const BankSimulation = z.extend(Simulation, {
  /** The end of an outage. Until then, all requests except `PUT /simulation` are answered 503, and no callback is sent. */
  outageUntil: z.optional(z.iso.datetime()),
});
export type BankSimulation = z.infer<typeof BankSimulation>;

/** The only item of the table `simulation`. */
export const simulation: Ref<BankSimulation, 'simulation'> = { table: 'simulation', key: { id: 'all' } };

export function isOut({ outageUntil }: BankSimulation, now: Date): boolean {
  return outageUntil !== undefined && now.getTime() < Date.parse(outageUntil);
}
