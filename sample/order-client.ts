import { Failure } from '../cli/failure';
import type { Money, OrderLine } from '../contracts/values';
import type { Milestone, Status } from '../lambdas/checkout/order-view';

/** The body of `POST /orders`. */
export interface OrderRequest {
  readonly customerId: string;
  readonly lines: readonly OrderLine[];
  readonly expectedTotal?: Money;
  readonly callbackUrl?: string;
}

/** The response body of `GET /orders/{id}`. */
export interface OrderStatus {
  readonly orderId: string;
  readonly status: Status;
  readonly reason?: string;
  readonly total: Money;
  readonly history: readonly Milestone[];
}

/** Places an order. Repeated requests with one idempotency key create one order. @throws Failure unless it is accepted */
export async function placeOrder(url: string, order: OrderRequest, idempotencyKey: string): Promise<string> {
  const response = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify(order),
  });
  if (response.status !== 202) {
    throw new Failure(`POST ${url}/orders answered ${response.status} instead of 202: ${await response.text()}`);
  }
  const { orderId } = (await response.json()) as { orderId: string };
  return orderId;
}

/** Reads the status of an order. @throws Failure when there is no such order */
export async function readOrder(url: string, orderId: string): Promise<OrderStatus> {
  const response = await fetch(`${url}/orders/${orderId}`);
  if (response.status !== 200) {
    throw new Failure(`GET ${url}/orders/${orderId} answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as OrderStatus;
}
