import type { EventContract } from '../../contracts/core/contract';
import type { Deployment } from '../../deployed/discover';
import { inboxesOf } from '../../deployed/inboxes';
import { consumerIn, eventIdOf, recordsIn, timeOf } from '../../lambdas/runtime/work/receipts';
import { inspectTable } from '../../observe/tables';
import type { ShownTable } from '../api';
import { markedFields } from './privacy';

const ITEMS = 50;
const HIDDEN = '[hidden]';
/** Times, dates and UUIDs say nothing about a person. */
const HARMLESS = /^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$|^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Reads items of a table. Nothing marks what is personal in it, so text outside of the keys is hidden until the operator asks for it.
 * Fields that a contract marks as secret are never shown.
 */
export async function readTable(
  deployment: Deployment,
  contracts: readonly EventContract[],
  name: string,
  { key, personal }: { readonly key: string | undefined; readonly personal: boolean },
): Promise<ShownTable> {
  const { partitionKey, sortKey, approximateItems, items, hasMore } = await inspectTable(deployment, name, {
    ...(key && { key }),
    limit: ITEMS,
  });
  const keys = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])];
  const secret = markedFields(contracts, 'secret');
  const consumers = deployment.services.flatMap((service) =>
    inboxesOf(service).flatMap((inbox) => (`${service.service}.${inbox.table}` === name ? inbox.consumers : [])),
  );
  const shown = items.map((item) => {
    const { _receipts: receipts } = item as { readonly _receipts?: readonly string[] };
    const _receipts = receipts?.map((receipt) => partsOf(receipt, consumers));
    const entries = Object.entries({ ...item, ...(_receipts && { _receipts }) }).map(([field, value]) => {
      return [field, keys.includes(field) ? value : hide(field, value, secret, personal)] as const;
    });
    return Object.fromEntries(entries.sort(([one], [other]) => rank(keys, one) - rank(keys, other)));
  });
  return { name, keys, approximateItems, items: shown, hasMore };
}

function rank(keys: readonly string[], field: string): number {
  const place = keys.indexOf(field);
  return place < 0 ? keys.length : place;
}

/** The parts of a receipt, whose record has the data of events. */
function partsOf(receipt: string, consumers: readonly string[]): object {
  const [{ id: _, ...record } = { id: '' }] = recordsIn([receipt]);
  return {
    consumer: consumerIn(receipt, consumers),
    eventId: eventIdOf(receipt),
    processedAt: new Date(timeOf(receipt)).toISOString(),
    ...record,
    // A record that cannot be read.
    ...(typeof record.outbox === 'string' && { outbox: HIDDEN }),
  };
}

/** Values inside of text, such as the outbox of a record, are read as JSON. */
function hide(field: string, value: unknown, secret: ReadonlySet<string>, personal: boolean): unknown {
  if (secret.has(field)) return '[secret]';
  if (Array.isArray(value)) return value.map((each) => hide('', each, secret, personal));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, hide(key, each, secret, personal)] as const),
    );
  }
  if (typeof value !== 'string') return value;
  if (!personal) return HARMLESS.test(value) ? value : HIDDEN;
  const json = /^[[{]/.test(value) ? parse(value) : undefined;
  return json === undefined ? value : hide(field, json, secret, personal);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
