import type { EventContract } from '../../contracts/core/contract';
import type { Manifest } from '../../lib/broker/manifest';
import { fullName } from '../../lib/broker/manifest';
import type { Use } from '../../local/emulator/usage';

/** What is deployed: the contracts, and who subscribes to them. */
export interface Subscribed {
  readonly contracts: readonly EventContract[];
  readonly services: readonly {
    readonly service: string;
    readonly subscriptions: readonly Pick<Manifest['subscriptions'][number], 'to'>[];
  }[];
}

/**
 * Leaves out of some uses the calls that publish for observers alone: events to which nobody else subscribes, and announcements of
 * reminders, which only a journal receives. What the observers use themselves is charged to them.
 *
 * @param observers services that follow the flow, and on which no other service depends
 */
export function leaveOut(
  observers: ReadonlySet<string>,
  uses: readonly Use[],
  { contracts, services }: Subscribed,
): Use[] {
  const subscribersOf = (name: string) =>
    services.flatMap(({ service, subscriptions }) =>
      subscriptions.some(({ to }) => to.includes(name)) ? [service] : [],
    );
  const isForObservers = (contract: EventContract) => {
    const subscribers = subscribersOf(fullName(contract));
    return subscribers.length > 0 && subscribers.every((one) => observers.has(one));
  };
  const onBus = contracts.filter((one) => one.channel === 'reminder' || (one.channel === 'bus' && isForObservers(one)));
  const unheard = new Set(onBus.map(fullName));
  const topics = contracts.filter(({ channel }) => channel === 'topic');
  const heardTopics = new Set(topics.filter((one) => !isForObservers(one)).map(({ owner }) => owner));
  return uses.flatMap((use): Use[] => {
    // A service has one topic, and the call does not say which events it sends.
    if (use.kind === 'topic') return heardTopics.has(use.by.slice(0, use.by.indexOf('.'))) ? [use] : [];
    if (use.kind !== 'events') return [use];
    const entries = use.entries.filter(({ source, name }) => !unheard.has(`${source}.${name}`));
    return entries.length === 0 ? [] : [{ ...use, entries }];
  });
}
