import type { Context, Options, Values } from '../command';
import { chooseQueues, type DeadLetterQueue, deadLetterQueues } from './queues';

/** The option that chooses dead-letter queues. */
export const consumerOption = {
  consumer: {
    type: 'string',
    multiple: true,
    value: 'name',
    help: 'Only these queues: inventory.reserve-stock, inventory.relay, broker, or a service.',
  },
} as const satisfies Options;

export function selected({ consumer }: Values<typeof consumerOption>, { deployment }: Context): DeadLetterQueue[] {
  return chooseQueues(deadLetterQueues(deployment), consumer);
}
