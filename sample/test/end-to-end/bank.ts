import type { BankSimulation } from '../../../lambdas/payment-provider/simulation';
import type { SigningSecrets } from '../../../lambdas/runtime/webhooks/webhook';
import * as client from '../../bank-client';
import type { Deployed } from './deployed';

/** A line of the bank's books in its API. */
export interface BookLine {
  readonly kind: 'charge' | 'refund';
  readonly chargeId: string;
  readonly reference: string;
  readonly amount: { readonly amount: number; readonly currency: string };
}

/** Sets the bank's simulation for all requests. @param simulation defaults to normal behaviour */
export function simulate({ deployment }: Deployed, simulation: BankSimulation = {}): Promise<void> {
  return client.simulate(deployment, simulation);
}

/** Returns the bank's charges and refunds of some orders: of the days around today, because the bank has its own midnight. */
export async function bankBooks(deployed: Deployed, orders: ReadonlySet<string>): Promise<BookLine[]> {
  const days = [-1, 0, 1].map((day) => new Date(Date.now() + day * 24 * 60 * 60 * 1_000).toISOString().slice(0, 10));
  const books = await Promise.all(days.map((day) => settlementOf(deployed, day)));
  return books.flat().filter(({ reference }) => orders.has(reference));
}

async function settlementOf(deployed: Deployed, day: string): Promise<BookLine[]> {
  const found: BookLine[] = [];
  for (let after = ''; ; after = `?after=${found.at(-1)?.reference}`) {
    const { lines, end } = (await client.askBank(deployed.deployment, 'GET', `/settlements/${day}${after}`)) as {
      lines: BookLine[];
      end: boolean;
    };
    found.push(...lines);
    if (end) return found;
  }
}

/** Returns a secret that the bank shares with its merchants. */
export function bankSecret({ deployment }: Deployed, name: 'key' | 'signing'): Promise<SigningSecrets> {
  return client.bankSecret(deployment, name);
}
