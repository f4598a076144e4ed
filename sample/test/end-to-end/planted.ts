import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Deployment, tableOf } from '../../../deployed/discover';
import { book, chargeIdOf } from '../../../lambdas/payment-provider/charge';
import { TIME_ZONE } from '../../../lambdas/reconciliation/calendar';
import { type OrderFact, unknownEntry, withNews } from '../../../lambdas/reconciliation/order-book';
import { entryOf } from '../../../lambdas/reconciliation/payment-book';
import { businessDay, lastClosedDate } from '../../../lambdas/runtime/reconciliation/business-day';

const GRACE = 6 * 60 * 60 * 1_000;
const EUR = (amount: number) => ({ amount, currency: 'EUR' });

/** Two orders of the last closed day, which no service knows, in the books of a deployed system. */
export interface PlantedBooks {
  readonly date: string;
  /** The order whose charge has one amount in our books and another in the provider's. */
  readonly differing: string;
  /** The order that never ended. */
  readonly unended: string;
  /** Removes them from the books, because other tests expect books that agree. */
  remove(): Promise<void>;
}

/** Writes both orders into the books. */
export async function plantBooks(deployment: Deployment): Promise<PlantedBooks> {
  const date = lastClosedDate(new Date(), TIME_ZONE, GRACE);
  const noon = new Date(businessDay(date, TIME_ZONE).from.getTime() + 12 * 60 * 60 * 1_000);
  const put = (service: string, table: string, item: object) =>
    deployment.clients.of(DynamoDBClient).send(
      new PutItemCommand({
        TableName: tableOf(deployment, service, table),
        Item: marshall({ ...item, _version: 1 }),
      }),
    );
  const putOrder = (orderId: string, facts: readonly OrderFact[]) => {
    const occurredAt = noon.toISOString();
    const entry = facts.reduce(
      (before, fact) => withNews(before, { fact, occurredAt, total: EUR(2_400), wantsCallbacks: false }, noon),
      unknownEntry(orderId),
    );
    return put('reconciliation', 'order-book', entry);
  };
  const [differing, unended] = [randomUUID(), randomUUID()];
  const chargeId = chargeIdOf(differing);
  const charge = { chargeId, reference: differing, amount: EUR(2_500) };
  const outcome = { outcome: 'succeeded', outcomeAt: noon.toISOString() } as const;
  const payment = { orderId: differing, kind: 'charge', amount: EUR(2_400), chargeId, bookedOn: date } as const;
  await Promise.all([
    putOrder(differing, ['OrderPlaced', 'StockReserved', 'PaymentCompleted', 'OrderConfirmed', 'OrderCompleted']),
    put('reconciliation', 'payment-book', entryOf(payment, noon)),
    put('payment-provider', 'bookings', book('charge', { ...charge, ...outcome }, noon.toISOString())),
    putOrder(unended, ['OrderPlaced', 'StockReserved']),
  ]);
  const remove = async () => {
    const planted = [
      ['reconciliation', 'order-book', { orderId: differing }],
      ['reconciliation', 'order-book', { orderId: unended }],
      ['reconciliation', 'payment-book', { chargeId, kind: payment.kind }],
      ['payment-provider', 'bookings', { bookingId: `charge-${chargeId}` }],
    ] as const;
    for (const [service, table, key] of planted) {
      const TableName = tableOf(deployment, service, table);
      await deployment.clients.of(DynamoDBClient).send(new DeleteItemCommand({ TableName, Key: marshall(key) }));
    }
  };
  return { date, differing, unended, remove };
}
