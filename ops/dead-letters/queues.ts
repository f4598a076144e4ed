import { UsageError } from '../../cli/failure';
import type { Deployment } from '../../deployed/discover';

/** A dead-letter queue of the deployed system. */
export interface DeadLetterQueue {
  /** Its consumer: `inventory.reserve-stock`, `inventory.relay`, `orders.sweep-overdue` or `broker`. */
  readonly name: string;
  readonly url: string;
  readonly of: 'subscription' | 'relay' | 'schedule' | 'broker';
  /** The service; undefined for the broker. */
  readonly service?: string;
  /** URL of the queue whose messages it receives; undefined unless it belongs to a subscription. */
  readonly source?: string;
}

/** Returns all dead-letter queues in the manifests. */
export function deadLetterQueues({
  broker,
  journal,
  services,
}: Pick<Deployment, 'broker' | 'journal' | 'services'>): DeadLetterQueue[] {
  return [
    { name: 'broker', url: broker.deadLetterQueue, of: 'broker' },
    ...(journal
      ? [{ name: 'journal', url: journal.deadLetterQueue, of: 'subscription' as const, source: journal.queue }]
      : []),
    ...services.flatMap(({ service, relay, subscriptions, schedules = [] }): DeadLetterQueue[] => [
      { name: `${service}.relay`, url: relay.deadLetterQueue, of: 'relay', service },
      ...subscriptions.map(({ name, queue, deadLetterQueue }): DeadLetterQueue => {
        return { name: `${service}.${name}`, url: deadLetterQueue, of: 'subscription', service, source: queue };
      }),
      ...schedules.map(({ name, deadLetterQueue }): DeadLetterQueue => {
        return { name: `${service}.${name}`, url: deadLetterQueue, of: 'schedule', service };
      }),
    ]),
  ];
}

/**
 * Returns the queues with these names, and all queues of a named service. Without names, returns all queues.
 *
 * @throws UsageError that lists the names, when a name matches nothing
 */
export function filterQueues(all: readonly DeadLetterQueue[], names: readonly string[] = []): DeadLetterQueue[] {
  for (const name of names) {
    if (all.some((queue) => queue.name === name || queue.service === name)) continue;
    throw new UsageError(
      `There is no consumer "${name}". The consumers are: ${all.map((queue) => queue.name).join(', ')}.`,
    );
  }
  if (names.length === 0) return [...all];
  return all.filter(({ name, service }) => names.includes(name) || (service !== undefined && names.includes(service)));
}
