import { orders, ordersShow } from '../../sample/operators/orders';
import type { Command } from '../command';
import { dlqList } from './dlq-list';
import { dlqPeek } from './dlq-peek';
import { dlqPurge } from './dlq-purge';
import { dlqRedrive } from './dlq-redrive';
import { outbox } from './outbox';
import { queues } from './queues';
import { replay } from './replay';

/** All commands, in the order in which the help lists them. Longer names first where one begins with another. */
export const commands: readonly Command[] = [
  queues,
  dlqList,
  dlqPeek,
  dlqRedrive,
  dlqPurge,
  outbox,
  replay,
  // The sample's: delete it together with its services.
  ordersShow,
  orders,
];
