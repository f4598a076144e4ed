import { deliverWith } from '../../lambdas/callbacks/deliver-callback';
import { paceOf } from '../../lambdas/callbacks/pace';
import type { Order } from '../../lambdas/orders/order';
import { sendCallbackWith } from '../../lambdas/payment-provider/send-callback';
import { collectFrom } from '../../lambdas/payments/collect-payment';
import { lookUpAt } from '../../lambdas/payments/look-up-charge';
import type { PaymentProvider } from '../../lambdas/payments/provider';
import { refundAt } from '../../lambdas/payments/refund-payment';
import { reviewAt } from '../../lambdas/payments/review-payment';
import { reconcileWith } from '../../lambdas/reconciliation/reconcile-books';
import type { Consumer } from '../../lambdas/runtime/consume/consume';
import type { BusEvent } from '../../lambdas/runtime/events/bus-event';
import type { WebhookMessage } from '../../lambdas/runtime/webhooks/webhook';
import { BUS } from '../../test/simulation/channels';
import type { FaultKind } from '../../test/simulation/faults';
import { endpointOf, perInstance, schedulesOf, schemaOf, subscriptionsOf } from '../../test/simulation/handlers';
import type { Steps } from '../../test/simulation/invocation';
import { simulatorOf } from '../../test/simulation/simulator';
import type { SimulatedSystem, SystemFactory, SystemParts, WorldView } from '../../test/simulation/system';
import { SimulatedBank } from './bank';
import { findViolations } from './invariants';
import { Receiver } from './receiver';
import { sabotages } from './sabotage';
import { StepChecks } from './steps';
import { Customers, drawShelf, planOutages, stockUp } from './workload';

export const simulator = (parts: SystemParts) => simulatorOf(makeSystem(parts), sabotages);

/** Events that the process manager repeats until their subscribers answer → the subscribers. */
const REPEATED: Readonly<Record<string, readonly string[]>> = {
  OrderCreated: ['inventory.reserve-stock', 'payments.request-payment'],
  OrderConfirmed: ['shipping.dispatch-shipment'],
};

/** Starts the reconciliation of each day. It runs less often than deployed, which saves time and changes nothing. */
const DAILY = 'reconciliation.start-daily';
const DAILY_SECONDS = 3 * 60 * 60;

/** The name of a sabotage. */
const SENT_AGAIN = 'a webhook is sent again after it was delivered';

/** In half of the worlds, all orders are placed within so many hours, and batches are full. In the others they are placed within one hour. */
const RUSH = 1 / 12;

/** How long a world lasts. */
export interface Span {
  /** The hours over which orders are placed. @default one, or in a rush five minutes */
  readonly hours?: number;
  /** Until when books are reconciled, in milliseconds since 1970. */
  readonly reconciledUntil: number;
}

/** Returns the sample's services with their customers and the bank, for one world. @param span defaults to a part of one day, which is not over */
export function makeSystem(parts: SystemParts, span: Span = { reconciledUntil: 0 }): SystemFactory {
  return (world): SimulatedSystem => {
    const bank = new SimulatedBank(world);
    const callsBank = (make: (provider: PaymentProvider) => Consumer) =>
      perInstance((current) => make(bank.client(current)));
    const receiver = new Receiver(world);
    const deliver = (current: Steps) =>
      deliverWith({
        send: async (message, now) => {
          const attempt = await receiver.send(sabotaged(message, world), now, current);
          const isRepeated = attempt.result.kind === 'delivered' && world.sabotage.outside?.has(SENT_AGAIN);
          return isRepeated ? receiver.send(message, now, current) : attempt;
        },
        random: () => 0.5,
        pace: () => paceOf('prod'),
      });
    const subscriptions = subscriptionsOf(parts, {
      'payments.collect-payment': callsBank(collectFrom),
      'payments.look-up-charge': callsBank(lookUpAt),
      'payments.refund-payment': callsBank(refundAt),
      'payments.review-payment': callsBank(reviewAt),
      'reconciliation.reconcile-books': perInstance((current) => reconcileWith(bank.reader(current))),
      'payment-provider.send-callback': perInstance((current) => sendCallbackWith(bank.outside(current))),
      'callbacks.deliver-callback': perInstance(deliver),
    });
    const schedules = schedulesOf(parts, (name) =>
      name === DAILY
        ? world.time.now < span.reconciledUntil
        : world.services.items<Order>('orders', 'orders').some(({ due }) => due !== undefined),
    ).map((one) => (one.name === DAILY ? { ...one, everySeconds: DAILY_SECONDS } : one));
    const customers = new Customers(world, {
      placeOrder: endpointOf(parts, 'checkout.place-order'),
      getOrder: endpointOf(parts, 'checkout.get-order'),
    });
    const shelf: Record<string, number> = {};
    const steps = new StepChecks(shelf);

    return {
      subscriptions,
      schedules,
      schemaOf: (table) => schemaOf(parts, table),
      losableAs: (event, subscriber) => losableAs(event, subscriber, world.wind.bind(world)),
      async begin(size) {
        Object.assign(shelf, drawShelf(world, size));
        await stockUp(world, shelf);
        planOutages(world, [...parts.manifests.map(({ service }) => service), BUS]);
        customers.place(size, span.hours ?? (world.chance.number('rush') < 0.5 ? RUSH : 1));
      },
      watch: (changes) => steps.check(changes),
      findViolations: (size) => findViolations(world, { parts, bank, customers, receiver, steps, shelf, size }),
      outcomes() {
        const orders = world.services.items<Order>('orders', 'orders');
        const count = (status: string) => orders.filter((order) => order.status === status).length;
        return { completed: count('completed'), cancelled: count('cancelled') };
      },
    };
  };
}

function sabotaged(message: WebhookMessage, { sabotage, time }: WorldView): WebhookMessage {
  if (sabotage.outside?.has('a webhook has another id for each attempt'))
    return { ...message, id: `${message.id} ${time.now}` };
  if (sabotage.outside?.has('a webhook has another body for each attempt'))
    return { ...message, timestamp: new Date(time.now).toISOString() };
  return message;
}

/** Reminders can be lost because the sweep finds overdue orders. The sweep must therefore run from the first reminder on. */
function losableAs(event: BusEvent, subscriber: string, wind: () => void): FaultKind | undefined {
  if (event['detail-type'] === 'OrderDue') {
    wind();
    return 'reminder lost';
  }
  return REPEATED[event['detail-type']]?.includes(subscriber) ? 'lost on its way' : undefined;
}
