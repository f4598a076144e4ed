import type { Charge, PaymentProvider } from '../../../../lambdas/payments/provider';
import { DependencyError } from '../../../../lambdas/runtime/errors';

/** A payment provider in memory. Tests set its outcomes and outages. */
export class Bank implements PaymentProvider {
  readonly calls: string[] = [];
  outcome: Charge['status'] = 'pending';
  isDown = false;
  /** The number of calls while it was down. */
  failedCalls = 0;
  private readonly charges = new Map<string, Charge>();

  async charge(reference: string, amount: Charge['amount']): Promise<Charge> {
    return this.answer(`charge ${reference}`, reference, amount, this.outcome);
  }

  async ruleOut(reference: string, amount: Charge['amount']): Promise<Charge> {
    return this.answer(`rule out ${reference}`, reference, amount, 'cancelled');
  }

  async lookUp(chargeId: string): Promise<Charge> {
    this.note(`look up ${chargeId}`);
    return this.find(chargeId);
  }

  async refund(chargeId: string) {
    this.note(`refund ${chargeId}`);
    return { chargeId, amount: this.find(chargeId).amount, bookedOn: '2026-01-02' };
  }

  /** Sets the outcome of a pending charge. */
  complete(reference: string, status: 'succeeded' | 'declined'): Charge {
    const charge = this.charges.get(reference);
    if (!charge) throw new Error(`There is no charge for ${reference}.`);
    const completed = { ...charge, status, ...(status === 'succeeded' && { bookedOn: '2026-01-01' }) };
    this.charges.set(reference, completed);
    return completed;
  }

  private answer(call: string, reference: string, amount: Charge['amount'], status: Charge['status']): Charge {
    this.note(call);
    const known = this.charges.get(reference) ?? { chargeId: `charge-${reference}`, reference, amount, status };
    this.charges.set(reference, known);
    return known;
  }

  private note(call: string): void {
    if (this.isDown) {
      this.failedCalls++;
      throw new DependencyError('payment-provider', 'is down');
    }
    this.calls.push(call);
  }

  private find(chargeId: string): Charge {
    const found = [...this.charges.values()].find((charge) => charge.chargeId === chargeId);
    if (!found) throw new Error(`There is no charge ${chargeId}.`);
    return found;
  }
}
