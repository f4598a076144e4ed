import { consumerOf, inboxIn, type Subscription } from '../declare/declaration';
import { type InboxRef, keyNames } from '../declare/table';
import { PermanentError } from '../errors';

/** Returns the item that keeps the receipt of an event. @throws PermanentError `rejected` when the event's data has no key of it */
export type Inbox = (data: unknown) => InboxRef;

/** Returns the inbox of a subscription; undefined if none of its tables is one. */
export function inboxOf(subscription: Pick<Subscription, 'service' | 'name' | 'uses'>): Inbox | undefined {
  const inbox = inboxIn(subscription);
  if (inbox === undefined) return undefined;
  const { table, position: consumer } = inbox;
  const names = keyNames(table);
  const keyIn = (data: unknown, name: string): string => {
    const key = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
    if (typeof key === 'string') return key;
    const problem = `the data has no ${name}, which is the key of its inbox ${table.name}`;
    throw new PermanentError(`${consumerOf(subscription)}: ${problem}.`, 'rejected');
  };
  return (data) => {
    const [key = '', sortKey] = names.map((name) => keyIn(data, name));
    const { table: name, key: ids, indexes, keepsReceipts } = table(key, sortKey);
    return { table: name, key: ids, indexes, keepsReceipts, consumer };
  };
}
