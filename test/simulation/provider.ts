import { ChargeDue, PaymentCompleted, PaymentFailed, PaymentRecorded } from '../../contracts';
import type { Money } from '../../contracts/values';
import type { Charge, PaymentProvider, Refund } from '../../lambdas/payments/provider';
import { acceptor as acceptWithoutCheck, receiveCallback } from '../../lambdas/payments/receive-callback';
import { DependencyError } from '../../lambdas/runtime/errors';
import type { HttpRequest } from '../../lambdas/runtime/http';
import { deterministicId } from '../../lambdas/runtime/ids';
import { fullJitter } from '../../lambdas/runtime/retry';
import { signedHeaders } from '../../lambdas/runtime/webhook';
import type { Booking } from '../../local/books';
import { type Invocation, Unreachable } from './invocation';
import type { World } from './world';

/** The name under which outages of the provider are planned. */
export const PROVIDER = 'payment-provider';

const ENDPOINT = 'payments.receive-callback';
const FUNCTION_SECONDS = 30;
/** From a charge to its outcome, at most. */
const SETTLES_WITHIN_SECONDS = 10;
const LIMIT = 100_000;
/** In seconds; a callback that is not taken by then is lost. */
const CALLBACK_BACKOFF = { base: 5, cap: 600 };
const CALLBACK_ATTEMPTS = 6;
/** Of a hundred charges, so many are followed by somebody's lie about them. */
const FORGED_PERCENT = 5;

const SECRETS = { current: Buffer.alloc(33, 'right').toString('base64') };
const WRONG = { current: Buffer.alloc(33, 'wrong').toString('base64') };
const endpoint = receiveCallback(async () => SECRETS);

interface Account {
  readonly chargeId: string;
  readonly reference: string;
  readonly amount: Money;
  readonly outcome: 'succeeded' | 'declined' | 'cancelled';
  readonly settlesAt: number;
  refundedAt?: number;
}

/**
 * The payment provider on virtual time: it does what it says, but its answers may be lost, and its callbacks too, or come
 * twice, or before the answer. Somebody sends callbacks in its name.
 */
export class SimulatedProvider {
  /** By reference: there is one for each. */
  private readonly accounts = new Map<string, Account>();
  private readonly byCharge = new Map<string, Account>();

  constructor(private readonly world: World) {}

  /** The provider as one invocation sees it: every call takes time and may fail. */
  client(invocation: Invocation): PaymentProvider {
    const call = <Answer>(name: string, answer: () => Answer): Promise<Answer> => {
      const effect = () => {
        this.refuseInOutage();
        return answer();
      };
      const failed = (kind: string) => (kind === 'provider fails' ? outOfOrder('it answered 500') : undefined);
      return invocation.step(`provider ${name}`, effect, ['provider fails'], failed).catch((error: unknown) => {
        throw error instanceof Unreachable ? outOfOrder(error.message) : error;
      });
    };
    return {
      charge: (reference, amount) => call(`charge ${reference}`, () => this.show(this.charge(reference, amount))),
      ruleOut: (reference, amount) => call(`rule out ${reference}`, () => this.show(this.ruleOut(reference, amount))),
      lookUp: (chargeId) => call(`look up ${chargeId}`, () => this.show(this.find(chargeId))),
      refund: (chargeId) => call(`refund ${chargeId}`, () => this.refund(this.find(chargeId))),
    };
  }

  /** All that it has really charged and given back. */
  books(): Booking[] {
    return [...this.accounts.values()].flatMap(({ chargeId, reference, amount, outcome, refundedAt }) => {
      if (outcome !== 'succeeded') return [];
      const kinds = refundedAt === undefined ? (['charge'] as const) : (['charge', 'refund'] as const);
      return kinds.map((kind) => ({ kind, chargeId, reference, amount }));
    });
  }

  private charge(reference: string, amount: Money): Account {
    const known = this.accounts.get(reference);
    if (known) return known;
    const { chance, faults, time } = this.world;
    const outcome = amount.amount <= LIMIT ? 'succeeded' : 'declined';
    const fault = faults.at(`callback ${reference}`, [
      'callback lost',
      'callback twice',
      'callback early',
      'delivered late',
    ]);
    const delay = fault === 'callback early' ? 0 : chance.number(`settle ${reference}`) * SETTLES_WITHIN_SECONDS;
    const made = this.open(reference, amount, outcome, time.now + delay * 1_000);
    const lateness = fault === 'delivered late' ? chance.number(`late ${reference}`) * 60 * 60 : 0;
    const copies = fault === 'callback lost' ? 0 : fault === 'callback twice' ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) time.after((delay + lateness) * 1_000, () => this.tell(made));
    if (chance.number(`forged ${reference}`) * 100 < FORGED_PERCENT) {
      time.after(chance.number(`forged ${reference}`) * SETTLES_WITHIN_SECONDS * 1_000, () => this.lie(made));
    }
    return made;
  }

  private ruleOut(reference: string, amount: Money): Account {
    return this.accounts.get(reference) ?? this.open(reference, amount, 'cancelled', this.world.time.now);
  }

  private open(reference: string, amount: Money, outcome: Account['outcome'], settlesAt: number): Account {
    const account: Account = {
      chargeId: deterministicId('charge', reference),
      reference,
      amount,
      outcome,
      settlesAt,
    };
    this.accounts.set(reference, account);
    this.byCharge.set(account.chargeId, account);
    return account;
  }

  private refund(account: Account): Refund {
    if (account.outcome !== 'succeeded') throw new Error(`Nobody may give back ${account.chargeId}.`);
    account.refundedAt ??= this.world.time.now;
    return { chargeId: account.chargeId, amount: account.amount, bookedOn: dayOf(account.refundedAt) };
  }

  private find(chargeId: string): Account {
    const found = this.byCharge.get(chargeId);
    if (!found) throw new Error(`There is no charge ${chargeId}.`);
    return found;
  }

  private show({ chargeId, reference, amount, outcome, settlesAt }: Account): Charge {
    if (settlesAt > this.world.time.now) return { chargeId, reference, amount, status: 'pending' };
    const bookedOn = outcome === 'succeeded' ? { bookedOn: dayOf(settlesAt) } : {};
    return { chargeId, reference, amount, status: outcome, ...bookedOn };
  }

  /** Sends a callback, again and again, until it is taken; in an outage it waits. */
  private tell(account: Account, attempt = 1): void {
    const { chance, faults, time } = this.world;
    const again = () => {
      if (attempt >= CALLBACK_ATTEMPTS) return;
      const seconds = fullJitter(attempt, CALLBACK_BACKOFF, () => chance.number(`callback of ${account.reference}`));
      time.after(seconds * 1_000, () => this.tell(account, attempt + 1));
    };
    if (faults.isDown(PROVIDER, time.now)) again();
    else this.post(account.outcome, this.show(account), SECRETS, `callback-${account.chargeId}`, again);
  }

  /** Somebody who does not have the secret claims that the money is there. */
  private lie(account: Account): void {
    const charge: Charge = { ...this.show(account), status: 'succeeded', bookedOn: dayOf(this.world.time.now) };
    this.post('succeeded', charge, WRONG, `forged-${account.chargeId}`, () => {});
  }

  private post(outcome: string, data: Charge, secrets: typeof SECRETS, id: string, failed: () => void): void {
    const { world } = this;
    const now = new Date(world.time.now);
    const body = JSON.stringify({ type: `charge.${outcome}`, timestamp: now.toISOString(), data });
    const request = toRequest(body, signedHeaders(id, body, secrets, now));
    const invocation = world.invoke(`${ENDPOINT} ${id}`, FUNCTION_SECONDS, failed);
    const worker = world.worker(ENDPOINT, callbackEmits);
    const runtime = world.runtime('payments', ENDPOINT, invocation);
    invocation.run(
      () => (world.sabotage.gullible ? acceptWithoutCheck : endpoint).run(request, worker, runtime),
      ({ statusCode = 500 }) => statusCode >= 300 && failed(),
      failed,
    );
  }

  private refuseInOutage(): void {
    const { faults, time } = this.world;
    if (faults.isDown(PROVIDER, time.now)) throw outOfOrder('it answered 503');
  }
}

/** What payments' endpoint may emit, as its stack has it. */
export const callbackEmits = [PaymentCompleted, PaymentFailed, PaymentRecorded, ChargeDue];

function outOfOrder(message: string): DependencyError {
  return new DependencyError(PROVIDER, message);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function toRequest(body: string, headers: Readonly<Record<string, string>>): HttpRequest {
  return {
    version: '2.0',
    routeKey: 'POST /provider-callbacks',
    rawPath: '/provider-callbacks',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'idempotency-key': headers['webhook-id'], ...headers },
    requestContext: {} as HttpRequest['requestContext'],
    isBase64Encoded: false,
    body,
  };
}
