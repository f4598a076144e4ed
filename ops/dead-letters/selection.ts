import type { Options, Values } from '../../cli/options';
import type { Context } from '../command';
import { type DeadLetterQueue, deadLetterQueues, filterQueues } from './queues';

/** The option that selects dead-letter queues. */
export const consumerOption = {
  consumer: {
    type: 'string',
    multiple: true,
    value: 'name',
    help: 'Only these queues: inventory.reserve-stock, inventory.relay, broker, or a service.',
  },
} as const satisfies Options;

/** @throws UsageError when a name matches no queue */
export function selectQueues({ consumer }: Values<typeof consumerOption>, { deployment }: Context): DeadLetterQueue[] {
  return filterQueues(deadLetterQueues(deployment), consumer);
}
