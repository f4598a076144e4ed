import type { Deployment } from '../../deployed/discover';
import { UsageError } from '../usage';

/** A dead-letter queue of the deployed system. */
export interface DeadLetterQueue {
  /** Whose dead letters they are: `inventory.reserve-stock`, `inventory.relay`, `orders.sweep-overdue` or `broker`. */
  readonly name: string;
  readonly url: string;
  readonly of: 'subscription' | 'relay' | 'schedule' | 'broker';
  /** The service; undefined for the broker. */
  readonly service?: string;
  /** The queue that a subscription's dead letters come from. */
  readonly source?: string;
}

/** All dead-letter queues that the manifests name. */
export function deadLetterQueues({ broker, services }: Pick<Deployment, 'broker' | 'services'>): DeadLetterQueue[] {
  return [
    { name: 'broker', url: broker.deadLetterQueue, of: 'broker' },
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
 * Those of these names, or all of a service's; all there are, when nothing is named.
 *
 * @throws UsageError that lists the names, when there is none of that name
 */
export function chooseQueues(all: readonly DeadLetterQueue[], names: readonly string[] = []): DeadLetterQueue[] {
  for (const name of names) {
    if (all.some((queue) => queue.name === name || queue.service === name)) continue;
    throw new UsageError(`There is no consumer "${name}". There are: ${all.map((queue) => queue.name).join(', ')}.`);
  }
  if (names.length === 0) return [...all];
  return all.filter(({ name, service }) => names.includes(name) || (service !== undefined && names.includes(service)));
}
