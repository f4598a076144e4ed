import type { EventContract } from '../../contracts';
import { deliverWith } from '../../lambdas/callbacks/deliver-callback';
import { handler as notifyCustomer } from '../../lambdas/callbacks/notify-customer';
import { paceOf } from '../../lambdas/callbacks/pace';
import { handler as registerCallback } from '../../lambdas/callbacks/register-callback';
import { handler as followOrder } from '../../lambdas/checkout/follow-order';
import { handler as placeOrder } from '../../lambdas/checkout/place-order';
import { handler as releaseStock } from '../../lambdas/inventory/release-stock';
import { handler as reserveStock } from '../../lambdas/inventory/reserve-stock';
import { handler as advanceOrder } from '../../lambdas/orders/advance-order';
import { handler as checkOrder } from '../../lambdas/orders/check-order';
import type { Order } from '../../lambdas/orders/order';
import { handler as sweepOverdue } from '../../lambdas/orders/sweep-overdue';
import { sendCallbackWith } from '../../lambdas/payment-provider/send-callback';
import { sendCallback } from '../../lambdas/payment-provider/service';
import { collectFrom } from '../../lambdas/payments/collect-payment';
import { lookUpAt } from '../../lambdas/payments/look-up-charge';
import { refundAt } from '../../lambdas/payments/refund-payment';
import { handler as requestPayment } from '../../lambdas/payments/request-payment';
import { collectPayment, lookUpCharge, refundPayment } from '../../lambdas/payments/service';
import { handler as recordPayment } from '../../lambdas/reconciliation/record-payment';
import { consumerRuntime } from '../../lambdas/runtime/aws/consumer-runtime';
import type { Consumer } from '../../lambdas/runtime/consume/consume';
import { consumerOf, type Subscription } from '../../lambdas/runtime/declare/declaration';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import { onLambda } from '../../lambdas/runtime/on-lambda';
import type { ScheduledHandler } from '../../lambdas/runtime/schedule/scheduled';
import { handler as deliverShipment } from '../../lambdas/shipping/deliver-shipment';
import { handler as dispatchShipment } from '../../lambdas/shipping/dispatch-shipment';
import type { SimulatedServices } from '../../test/simulation/services';
import type { SimulatedRuntime } from '../../test/simulation/world';
import { receive } from './receiver';

/** A subscription of the deployed system: the real handler, and what its stack says of it. */
export interface SimulatedSubscription {
  readonly service: string;
  /** `<service>.<subscription>` */
  readonly name: string;
  readonly handler: Consumer;
  readonly to: readonly EventContract[];
  readonly emits: readonly EventContract[];
}

/** All subscriptions. */
export const subscriptions: readonly SimulatedSubscription[] = [
  advanceOrder,
  checkOrder,
  reserveStock,
  releaseStock,
  requestPayment,
  withOutside(collectPayment, ({ provider }) => collectFrom(provider)),
  withOutside(lookUpCharge, ({ provider }) => lookUpAt(provider)),
  withOutside(refundPayment, ({ provider }) => refundAt(provider)),
  withOutside(sendCallback, ({ outside }) => sendCallbackWith(outside)),
  recordPayment,
  dispatchShipment,
  deliverShipment,
  followOrder,
  registerCallback,
  notifyCustomer,
  deliverWith({ send: receive, random: () => 0.5, pace: () => paceOf('prod') }),
].map(simulated);

/** The endpoint that orders come in by. */
export const endpoint: { service: string; name: string; handler: HttpHandler } = {
  service: 'checkout',
  name: 'checkout.place-order',
  handler: placeOrder,
};

/** What runs by the clock. A test holds it against the manifests, too. */
export interface SimulatedSchedule {
  readonly service: string;
  /** `<service>.<schedule>` */
  readonly name: string;
  readonly handler: ScheduledHandler;
  readonly everySeconds: number;
  /** Whether it has anything to look for: nobody waits for the clock to find nothing. */
  isNeeded(services: SimulatedServices): boolean;
}

export const schedules: readonly SimulatedSchedule[] = [
  {
    service: 'orders',
    name: 'orders.sweep-overdue',
    handler: sweepOverdue,
    everySeconds: 5 * 60,
    isNeeded: (services) => services.items<Order>('orders', 'orders').some(({ due }) => due !== undefined),
  },
];

function simulated(handler: Consumer): SimulatedSubscription {
  const { service, to, emits } = handler.subscription;
  return { service, name: consumerOf(handler.subscription), handler, to, emits };
}

/** A consumer that calls something outside, in the world that it runs in. */
function withOutside(subscription: Subscription, make: (runtime: SimulatedRuntime) => Consumer): Consumer {
  const run: Consumer['run'] = (batch, runtime) => make(runtime as SimulatedRuntime).run(batch, runtime);
  return Object.assign(onLambda(run, consumerRuntime), { subscription });
}
