import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { defineReconciliationContracts } from './core/reconciliation';
import { Identifier } from './core/text';

export const { DiscrepancyFound, ReconciliationCompleted, ReconciliationDue } =
  defineReconciliationContracts('reconciliation');

const request = <const Name extends string>(name: Name) =>
  defineEvent({ name, owner: 'reconciliation', version: 1, schema: z.object({ orderId: Identifier }) });

/** The books of payments and of the provider differ: payments looks the charge up again, and refunds it where it is due. */
export const ChargeLookUpRequested = request('ChargeLookUpRequested');

/** The order has not ended: orders publishes the events again whose answers it waits for. */
export const OrderResumeRequested = request('OrderResumeRequested');

/** The order is cancelled and still holds stock: inventory releases it. */
export const StockReleaseRequested = request('StockReleaseRequested');
