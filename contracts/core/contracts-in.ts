import type { EventContract } from './contract';

/** The contracts among the things that a module exports. */
export function contractsIn(module: object): EventContract[] {
  return Object.values(module).filter(isContract);
}

function isContract(thing: unknown): thing is EventContract {
  return (
    typeof thing === 'object' && thing !== null && ['name', 'owner', 'version', 'schema'].every((key) => key in thing)
  );
}
