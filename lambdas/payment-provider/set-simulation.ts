import { accept } from '../runtime/http/accept';
import { bankRoute } from './bank-route';
import { BankSimulation, simulation } from './simulation';

/** Replaces how the bank behaves: `{}` is as it should. */
export const acceptor = accept(BankSimulation, async (wanted, work) => {
  await work.load(simulation);
  work.put(simulation, wanted);
  return { body: wanted };
});

export const handler = bankRoute((request, { worker, runtime }) => acceptor.run(request, worker, runtime), {
  always: true,
});
