import { randomUUID } from 'node:crypto';
import { GetItemCommand, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure, UsageError } from '../../cli/failure';
import { inParallel } from '../../cli/parallel';
import { formatTable } from '../../cli/table';
import { counted, printable } from '../../cli/text';
import { OrderDue } from '../../contracts/orders';
import { serviceOf, tableOf } from '../../deployed/discover';
import { OPEN_PARTS, type Order } from '../../lambdas/orders/order';
import { type BusEvent, toBusEvent } from '../../lambdas/runtime/events/bus-event';
import { continueTrace } from '../../lambdas/runtime/events/ids';
import { type Context, defineCommand, dryRun, type Result, rate } from '../../ops/command';
import { rateOf } from '../../ops/command-line';
import { inBatches, sqsQueue } from '../../ops/dead-letters/message-queue';
import { throttle } from '../../ops/throttle';
import { formatAge } from '../../ops/times';
import { OPERATOR } from '../invariants';

/** Reads of single orders at one time. */
const READS = 20;

export const orders = defineCommand({
  name: 'orders',
  summary: 'Shows orders that make no progress; --resume nudges them.',
  details:
    'An order is overdue when it waits too long for an event, and flagged when nudging it did not help. Resuming an order\n' +
    'publishes again the event whose answer it waits for.',
  words: 'orderId',
  options: {
    overdue: { type: 'boolean', help: 'Selects all orders that are overdue or flagged.' },
    resume: { type: 'boolean', help: 'Nudges the selected orders.' },
    ...rate,
    ...dryRun,
  },
  examples: ['orders --overdue', 'orders --resume 01k2…', 'orders --resume --overdue --dry-run'],
  run: async ({ values, words }, context) => {
    if (!values.overdue && words.length === 0) throw new UsageError('orders needs --overdue, or the ids of orders.');
    if (values.overdue && words.length > 0)
      throw new UsageError('orders takes --overdue or the ids of orders, not both.');
    const found = values.overdue ? await readOverdue(context) : await readOrders(words, context);
    if (!values.resume) return toList(found, context);
    const open = found.filter(({ ended }) => !ended);
    if (!values['dry-run']) await resume(open, rateOf(values.rate), context);
    const ended = found.length - open.length;
    return {
      text: [
        `${values['dry-run'] ? 'Would resume' : 'Resumed'} ${counted(open.length, 'order')}.`,
        ...(ended > 0 ? [`${counted(ended, 'order')} had already ended.`] : []),
      ].join(' '),
      json: { dryRun: values['dry-run'] === true, resumed: open.map(({ orderId }) => orderId) },
    };
  },
});

export const ordersShow = defineCommand({
  name: 'orders show',
  summary: 'Shows the facts of an order in chronological order.',
  words: 'orderId',
  options: {},
  examples: ['orders show 01k2…'],
  run: async ({ words }, context) => {
    if (words.length === 0) throw new UsageError('orders show needs the id of an order.');
    const found = await readOrders(words, context);
    return { text: found.map((one) => formatOrder(one, context.now())).join('\n\n'), json: { orders: found } };
  },
});

function toList(found: readonly Order[], { now }: Context): Result {
  const rows = found.map(({ orderId, status, waitingFor, due, nudges, flagged }) => [
    orderId,
    status,
    waitingFor.join(', ') || '-',
    due === undefined ? '-' : formatDue(due, now()),
    nudges,
    flagged ? 'yes' : '-',
  ]);
  const head = ['order', 'status', 'waiting for', 'due', 'nudges', 'flagged'];
  return { text: rows.length === 0 ? 'No order is overdue.' : formatTable(head, rows), json: { orders: found } };
}

function formatDue(due: string, now: Date): string {
  const late = now.getTime() - Date.parse(due);
  return late < 0 ? `in ${formatAge(-late)}` : `${formatAge(late)} ago`;
}

function formatOrder(order: Order, now: Date): string {
  const { orderId, status, waitingFor, facts, due, nudges, flagged } = order;
  const chronological = Object.entries(facts).sort(([, one], [, other]) => (one < other ? -1 : Number(one > other)));
  return [
    `${printable(orderId)}: ${status}${waitingFor.length > 0 ? `, waiting for ${waitingFor.join(', ')}` : ''}`,
    ...chronological.map(([fact, at]) => `  ${at}  ${fact}`),
    ...(due === undefined ? [] : [`  due ${formatDue(due, now)}, nudged ${nudges} times`]),
    ...(flagged ? ['  flagged: nudging did not help, so an operator must look at it'] : []),
  ].join('\n');
}

async function readOrders(ids: readonly string[], { clients, deployment }: Context): Promise<Order[]> {
  const TableName = tableOf(deployment, 'orders', 'orders');
  const found = new Map<string, Order>();
  await inParallel(READS, ids, async (orderId) => {
    const Key = { orderId: { S: orderId } };
    const { Item } = await clients.dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    if (Item === undefined) throw new Failure(`There is no order ${orderId}.`);
    found.set(orderId, unmarshall(Item) as Order);
  });
  return ids.flatMap((orderId) => found.get(orderId) ?? []);
}

/** Finds overdue orders by the index of open orders, which has their keys only. Flagged orders are in no index, but in the table. */
async function readOverdue(context: Context): Promise<Order[]> {
  const { clients, deployment, now } = context;
  const TableName = tableOf(deployment, 'orders', 'orders');
  const paging = { client: clients.dynamodb };
  const parts = OPEN_PARTS.map((part) =>
    collect(
      paginateQuery(paging, {
        TableName,
        IndexName: 'open-by-due',
        KeyConditionExpression: '#open = :part AND due <= :now',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: { ':part': { S: part }, ':now': { S: now().toISOString() } },
      }),
    ),
  );
  const flagged = collect(
    paginateScan(paging, {
      TableName,
      FilterExpression: 'flagged = :yes AND ended = :no AND attribute_not_exists(due)',
      ExpressionAttributeValues: { ':yes': { BOOL: true }, ':no': { BOOL: false } },
    }),
  );
  const [flaggedOrders = [], ...overdueKeys] = await Promise.all([flagged, ...parts]);
  const ids = overdueKeys.flat().map(({ orderId }) => orderId);
  // The index can be behind the table.
  const isOverdue = ({ due }: Order) => due !== undefined && due <= now().toISOString();
  const found = [...(await readOrders(ids, context)).filter(isOverdue), ...flaggedOrders];
  return found.sort((one, other) => (one.due ?? '').localeCompare(other.due ?? ''));
}

async function collect(pages: ReturnType<typeof paginateScan>): Promise<Order[]> {
  const found: Order[] = [];
  for await (const { Items = [] } of pages) found.push(...Items.map((item) => unmarshall(item) as Order));
  return found;
}

async function resume(
  open: readonly Order[],
  perSecond: number,
  { clients, deployment, progress, now, lifetime }: Context,
) {
  const contract = `${OrderDue.owner}.${OrderDue.name}`;
  const subscription = serviceOf(deployment, 'orders').subscriptions.find(({ to }) => to.includes(contract));
  if (subscription === undefined) throw new Failure(`The service orders does not subscribe to ${OrderDue.name}.`);
  const queue = sqsQueue(clients.sqs, subscription.queue);
  const wait = throttle(perSecond);
  let sent = 0;
  for (const batch of inBatches(open)) {
    if (lifetime.signal.aborted) throw new Failure(`${sent} of ${counted(open.length, 'order')} were resumed.`);
    await wait(batch.length);
    const refused = await queue.send(batch.map((order) => JSON.stringify(resumeEvent(order, now()))));
    for (const why of refused.values()) throw new Failure(`After ${counted(sent, 'order')}, SQS refused: ${why}`);
    sent += batch.length;
    progress.part('resumed', sent, open.length);
  }
}

/** Returns a reminder that nudges an order regardless of its due time. */
function resumeEvent({ orderId, sent }: Order, now: Date): BusEvent {
  const [cause] = Object.values(sent ?? {});
  const id = `${OPERATOR}${randomUUID()}`;
  const metadata = {
    id,
    version: OrderDue.version,
    correlationId: cause?.correlationId ?? orderId,
    causationId: id,
    occurredAt: now.toISOString(),
    traceparent: continueTrace(cause?.traceparent),
  };
  return toBusEvent({
    source: OrderDue.owner,
    name: OrderDue.name,
    detail: { metadata, data: { orderId, what: 'resume', nudges: 0 } },
  });
}
