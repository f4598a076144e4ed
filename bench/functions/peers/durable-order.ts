import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';

/** The parts of the process that call AWS or the bank. */
export interface OrderSteps {
  saveOrder(): Promise<object>;
  reserveStock(): Promise<object>;
  /** Asks the bank, which answers by a webhook with the callback's id. */
  charge(callbackId: string): Promise<void>;
  confirmOrder(): Promise<object>;
  dispatchShipment(): Promise<object>;
  completeOrder(): Promise<object>;
  publishOutcome(): Promise<object>;
  notifyCustomer(): Promise<object>;
  releaseStock(): Promise<object>;
  refund(): Promise<object>;
  cancelOrder(): Promise<object>;
}

/** The order process as a Lambda durable function, in the style of the SDK's documentation. */
export const orderProcess = (steps: OrderSteps) =>
  withDurableExecution(
    async ({ hasCallback, hasBooks }: { hasCallback: boolean; hasBooks: boolean }, context: DurableContext) => {
      await context.step('save-order', () => steps.saveOrder());
      try {
        await context.parallel('reserve-and-charge', [
          (branch) => branch.step('reserve-stock', () => steps.reserveStock()),
          (branch) =>
            branch.waitForCallback('charge', (callbackId) => steps.charge(callbackId), { timeout: { hours: 1 } }),
        ]);
      } catch {
        await context.step('release-stock', () => steps.releaseStock());
        await context.step('refund', () => steps.refund());
        return context.step('cancel-order', () => steps.cancelOrder());
      }
      await context.step('confirm-order', () => steps.confirmOrder());
      await context.step('dispatch-shipment', () => steps.dispatchShipment());
      await context.wait('delivery', { seconds: 60 });
      await context.step('complete-order', () => steps.completeOrder());
      if (hasBooks) await context.step('publish-outcome', () => steps.publishOutcome());
      if (hasCallback) await context.step('notify-customer', () => steps.notifyCustomer());
      return { status: 'completed' };
    },
  );
