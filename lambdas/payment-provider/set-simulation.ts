import { accept } from '../runtime/http/accept';
import { bankRoute } from './bank-route';
import { setSimulation } from './service';
import { simulation } from './simulation';

/** Replaces the simulation for all requests. `{}` restores the normal behaviour. */
const accepted = accept(setSimulation, async (wanted, work) => {
  await work.load(simulation);
  work.put(simulation, wanted);
  return { body: wanted };
});

export const handler = bankRoute(setSimulation, (request, { runtime }) => accepted.run(request, runtime), {
  always: true,
});
