import { Lifetime } from '../../../cli/lifetime';

/** What jest's set-up starts and its tear-down stops: jest runs both in the same process, but loads files twice. */
const holder = globalThis as { endToEndLifetime?: Lifetime };

export function endToEndLifetime(): Lifetime {
  holder.endToEndLifetime ??= new Lifetime();
  return holder.endToEndLifetime;
}
