import type { Deployment } from '../deployed/discover';
import { findReceipt, timeOf } from '../lambdas/runtime/work/receipts';
import type { SubscriptionManifest } from '../lib/broker/manifest';
import type { ObservedEvent } from './flow';
import { withData } from './journal';
import { type ItemKey, readItems, recordId } from './records';

/** An event, and a subscriber of it. */
export interface Awaited {
  readonly event: ObservedEvent;
  /** `checkout.follow-order` */
  readonly consumer: string;
}

/** Returns when events were processed, from the receipts that the items of inboxes keep: {@link recordId} → ISO 8601, UTC. */
export async function readInboxes(
  deployment: Pick<Deployment, 'services' | 'clients' | 'journal' | 'stage'>,
  awaited: readonly Awaited[],
): Promise<Map<string, string>> {
  const inboxes = inboxesOf(deployment);
  const own = awaited.filter(({ consumer }) => inboxes.has(consumer));
  const events = new Map(
    (await withData(deployment, [...new Set(own.map(({ event }) => event))])).map((event) => [event.id, event]),
  );
  const places = own.flatMap((one) => {
    const { table, keys } = inboxes.get(one.consumer) as Inbox;
    const data = events.get(one.event.id)?.data as Readonly<Record<string, unknown>> | undefined;
    const key = Object.fromEntries(keys.map((name) => [name, data?.[name]]));
    return isKey(key) ? [{ ...one, item: { table, key } }] : [];
  });
  const keys = new Map(places.map(({ item }) => [placeOf(item), item]));
  const receipts = new Map<string, readonly string[]>();
  for (const [table, items] of await readItems<Stored>(deployment.clients, [...keys.values()])) {
    const names = Object.keys([...keys.values()].find((key) => key.table === table)?.key ?? {});
    for (const item of items) {
      const key = Object.fromEntries(names.map((name) => [name, String(item[name])]));
      receipts.set(placeOf({ table, key }), item._receipts ?? []);
    }
  }
  return new Map(
    places.flatMap(({ consumer, event, item }) => {
      const receipt = findReceipt(receipts.get(placeOf(item)), event.id);
      return receipt === undefined
        ? []
        : [[recordId({ consumer, causeId: event.id }), new Date(timeOf(receipt)).toISOString()]];
    }),
  );
}

interface Inbox {
  readonly table: string;
  readonly keys: readonly string[];
}

type Stored = Readonly<Record<string, unknown>> & { readonly _receipts?: readonly string[] };

function inboxesOf({ services }: Pick<Deployment, 'services'>): Map<string, Inbox> {
  return new Map(
    services.flatMap(({ service, tables, subscriptions }) =>
      subscriptions.flatMap(({ name, inbox }: Pick<SubscriptionManifest, 'name' | 'inbox'>) => {
        const table = inbox && tables[inbox.table];
        return table === undefined ? [] : [[`${service}.${name}`, { table, keys: inbox?.keys ?? [] }] as const];
      }),
    ),
  );
}

function isKey(key: Readonly<Record<string, unknown>>): key is Record<string, string> {
  return Object.values(key).every((value) => typeof value === 'string' && value !== '');
}

function placeOf({ table, key }: ItemKey): string {
  return JSON.stringify([table, key]);
}
