import type { EndpointManifest, Manifest, SubscriptionManifest } from '../lib/broker/manifest';

/** A table whose items keep the receipts of functions. */
export interface InboxTable {
  /** The logical name. */
  readonly table: string;
  /** The attributes that are its key, also in the events' data. */
  readonly keys: readonly string[];
  /** The functions, `orders.advance-order`, by the position that is in their receipts. */
  readonly consumers: readonly string[];
  /** Whether receipts can have records with an outbox. */
  readonly hasOutbox: boolean;
}

/** A service with what its functions say of its inboxes. */
export interface InboxOwner extends Pick<Manifest, 'service'> {
  readonly subscriptions: readonly Pick<SubscriptionManifest, 'name' | 'inbox' | 'emits'>[];
  readonly endpoints: readonly Pick<EndpointManifest, 'name' | 'inbox' | 'emits'>[];
}

/** Returns the inboxes of a service. */
export function inboxesOf({ service, subscriptions, endpoints }: InboxOwner): InboxTable[] {
  const tables = new Map<string, Omit<InboxTable, 'table'> & { readonly consumers: string[] }>();
  for (const { name, inbox, emits } of [...subscriptions, ...endpoints]) {
    if (inbox === undefined) continue;
    const { table, keys, position } = inbox;
    const { consumers, hasOutbox } = tables.get(table) ?? { consumers: [], hasOutbox: false };
    consumers[position] = `${service}.${name}`;
    tables.set(table, { keys, consumers, hasOutbox: hasOutbox || emits.length > 0 });
  }
  return [...tables].map(([table, inbox]) => ({ table, ...inbox }));
}
