import type { Command } from '../command';
import { dlqList } from './dlq-list';
import { dlqPeek } from './dlq-peek';
import { dlqPurge } from './dlq-purge';
import { dlqRedrive } from './dlq-redrive';
import { outbox } from './outbox';
import { queues } from './queues';
import { reconcile, reconcileAcknowledge, reconcileList, reconcileShow } from './reconcile';
import { replay } from './replay';
import { secrets, secretsSet } from './secrets';
import { table, tables } from './tables';
import { tail } from './tail';
import { trace } from './trace';

/** The commands for every event broker, in the order of the help. */
export const coreCommands: readonly Command[] = [
  queues,
  trace,
  tail,
  dlqList,
  dlqPeek,
  dlqRedrive,
  dlqPurge,
  outbox,
  replay,
  reconcile,
  reconcileList,
  reconcileShow,
  reconcileAcknowledge,
  tables,
  table,
  secrets,
  secretsSet,
];
