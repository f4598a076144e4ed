import type { Manifest } from '../lib/broker/manifest';

/** A table whose items keep the receipts of subscriptions. */
export interface InboxTable {
  /** The logical name. */
  readonly table: string;
  /** The consumers, `orders.advance-order`, by the position that is in their receipts. */
  readonly consumers: readonly string[];
  /** Whether receipts can have records with an outbox. */
  readonly hasOutbox: boolean;
}

/** Returns the inboxes of a service. */
export function inboxesOf({ service, subscriptions }: Pick<Manifest, 'service' | 'subscriptions'>): InboxTable[] {
  const tables = new Map<string, { consumers: string[]; hasOutbox: boolean }>();
  for (const { name, inbox, emits } of subscriptions) {
    if (inbox === undefined) continue;
    const { consumers, hasOutbox } = tables.get(inbox.table) ?? { consumers: [], hasOutbox: false };
    consumers[inbox.position] = `${service}.${name}`;
    tables.set(inbox.table, { consumers, hasOutbox: hasOutbox || emits.length > 0 });
  }
  return [...tables].map(([table, inbox]) => ({ table, ...inbox }));
}
