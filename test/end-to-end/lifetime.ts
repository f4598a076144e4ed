import { Lifetime } from '../../cli/lifetime';

/** Everything that jest's set-up starts and its teardown stops. jest runs both in one process, but loads modules twice. */
const holder = globalThis as { endToEndLifetime?: Lifetime };

export function endToEndLifetime(): Lifetime {
  holder.endToEndLifetime ??= new Lifetime();
  return holder.endToEndLifetime;
}
