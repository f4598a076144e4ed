import { DynamoDBClient, GetItemCommand, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure } from '../cli/failure';
import { defineReconciliationContracts } from '../contracts/core/reconciliation';
import { type Deployment, tableOf } from '../deployed/discover';
import type { Discrepancy, ReconciliationRun } from '../lambdas/runtime/reconciliation/reconciliation';
import { fullName, type SubscriptionManifest } from '../lib/broker/manifest';

/** A deployed service that reconciles books. */
export interface Reconciler {
  readonly service: string;
  /** The subscription that takes its steps. */
  readonly subscription: SubscriptionManifest;
}

export type Status = Discrepancy['status'];

/** The statuses of discrepancies that nobody has ended. */
export const UNRESOLVED: readonly Status[] = ['open', 'repairing'];
const STATUSES: readonly Status[] = [...UNRESOLVED, 'acknowledged', 'resolved', 'dry-run'];

/** Returns the services that reconcile: those that subscribe to their own `ReconciliationDue`. */
export function reconcilersOf({ services }: Pick<Deployment, 'services'>): Reconciler[] {
  return services.flatMap(({ service, subscriptions }) => {
    const due = fullName(defineReconciliationContracts(service).ReconciliationDue);
    const subscription = subscriptions.find(({ to }) => to.includes(due));
    return subscription ? [{ service, subscription }] : [];
  });
}

/** Returns the run of a day. Undefined if there is none. @param runId as in {@link ReconciliationRun} */
export function readRun(
  deployment: Deployment,
  { service }: Reconciler,
  runId: string,
): Promise<ReconciliationRun | undefined> {
  return readItem(deployment, tableOf(deployment, service, 'reconciliation-runs'), { runId });
}

/** Returns the runs of all days, the latest day first, without those that were refused. */
export async function readRuns(deployment: Deployment, { service }: Reconciler): Promise<ReconciliationRun[]> {
  const TableName = tableOf(deployment, service, 'reconciliation-runs');
  const runs: ReconciliationRun[] = [];
  for await (const { Items = [] } of paginateScan({ client: deployment.clients.of(DynamoDBClient) }, { TableName })) {
    runs.push(...Items.map((item) => unmarshall(item) as ReconciliationRun));
  }
  const begun = runs.filter(({ status }) => status !== 'refused');
  return begun.sort((one, other) => other.date.localeCompare(one.date) || Number(one.dryRun) - Number(other.dryRun));
}

/**
 * Returns discrepancies, in the order of their ids: those with some statuses, or those that were found first on a day.
 *
 * @param which.statuses @default all of the day; without a day, all
 * @param which.date the day on which it was found first
 */
export async function readDiscrepancies(
  deployment: Deployment,
  reconciler: Reconciler,
  { statuses, date }: { readonly statuses?: readonly Status[]; readonly date?: string },
): Promise<Discrepancy[]> {
  const query = (index: string, attribute: string, value: string) =>
    readIndex(deployment, reconciler, index, attribute, value);
  const found =
    date === undefined
      ? await Promise.all((statuses ?? STATUSES).map((status) => query('by-status', 'status', status)))
      : await Promise.all([date, `${date}#dry-run`].map((runId) => query('by-run', 'runId', runId)));
  return found
    .flat()
    .filter(({ status }) => statuses === undefined || statuses.includes(status))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

async function readIndex(
  deployment: Deployment,
  { service }: Reconciler,
  IndexName: string,
  attribute: string,
  value: string,
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  const pages = paginateQuery(
    { client: deployment.clients.of(DynamoDBClient) },
    {
      TableName: tableOf(deployment, service, 'discrepancies'),
      IndexName,
      KeyConditionExpression: '#attribute = :value',
      ExpressionAttributeNames: { '#attribute': attribute },
      ExpressionAttributeValues: { ':value': { S: value } },
    },
  );
  for await (const { Items = [] } of pages) found.push(...Items.map((item) => unmarshall(item) as Discrepancy));
  return found;
}

/** Returns one discrepancy. @throws Failure when there is none with this id */
export async function readDiscrepancy(
  deployment: Deployment,
  { service }: Reconciler,
  id: string,
): Promise<Discrepancy> {
  const found = await readItem<Discrepancy>(deployment, tableOf(deployment, service, 'discrepancies'), { id });
  if (found === undefined) throw new Failure(`There is no discrepancy "${id}". "reconcile list" shows their ids.`);
  return found;
}

async function readItem<T>(
  { clients }: Deployment,
  TableName: string,
  key: Readonly<Record<string, string>>,
): Promise<T | undefined> {
  const get = new GetItemCommand({ TableName, Key: marshall(key), ConsistentRead: true });
  const { Item } = await clients.of(DynamoDBClient).send(get);
  return Item && (unmarshall(Item) as T);
}

/** One attribute of the entries of a discrepancy, by book. A book without an entry has no values. */
export interface SideRow {
  readonly attribute: string;
  /** Values that differ between books with an entry. */
  readonly differs: boolean;
  /** Book → its entries' values of this attribute, as text. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Returns the entries of all books side by side, one row for each attribute. */
export function sideBySide({ sides }: Pick<Discrepancy, 'sides'>): { books: string[]; rows: SideRow[] } {
  const entries = Object.entries(sides) as [string, readonly object[]][];
  const flat = entries.map(([book, all]) => [book, all.map((entry) => flatten(entry))] as const);
  const attributes = [...new Set(flat.flatMap(([, all]) => all.flatMap((entry) => Object.keys(entry))))];
  const rows = attributes.map((attribute): SideRow => {
    const values = Object.fromEntries(flat.map(([book, all]) => [book, all.map((entry) => entry[attribute] ?? '')]));
    const known = Object.values(values).map((texts) => [...new Set(texts.filter((text) => text !== ''))].sort().join());
    return { attribute, values, differs: new Set(known.filter((text) => text !== '')).size > 1 };
  });
  return { books: entries.map(([book]) => book), rows };
}

/** `{ amount: { currency: 'EUR' } }` → `{ 'amount.currency': 'EUR' }` */
function flatten(value: object, path = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const isObject = typeof each === 'object' && each !== null && !Array.isArray(each);
      return isObject
        ? Object.entries(flatten(each, at))
        : [[at, Array.isArray(each) ? each.join(', ') : String(each)]];
    }),
  );
}
