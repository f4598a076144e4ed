import type { EventContract } from './contract';

/** Returns the contracts among a module's exports. */
export function contractsIn(module: object): EventContract[] {
  return Object.values(module).filter(isContract);
}

function isContract(thing: unknown): thing is EventContract {
  return (
    typeof thing === 'object' && thing !== null && ['name', 'owner', 'version', 'schema'].every((key) => key in thing)
  );
}
