import { accept } from '../runtime/accept';
import { workerSettings } from '../runtime/aws';
import { counter } from './counter';
import { BankSimulation, simulation } from './simulation';

/** Replaces how the bank behaves: `{}` is as it should. */
export const acceptor = accept(BankSimulation, async (wanted, work) => {
  await work.load(simulation);
  work.put(simulation, wanted);
  return { body: wanted };
});

export const handler = counter((request, runtime) => acceptor.run(request, workerSettings(), runtime), {
  always: true,
});
