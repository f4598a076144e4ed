import type { Money } from '../../contracts/values';
import type { BankRoute } from '../../lambdas/payment-provider/bank-route';
import { type Booking, chargeIdOf, dayOf, type Simulation } from '../../lambdas/payment-provider/charge';
import { createChargeWith } from '../../lambdas/payment-provider/create-charge';
import { handler as createRefund } from '../../lambdas/payment-provider/create-refund';
import { handler as getBookings } from '../../lambdas/payment-provider/get-bookings';
import { handler as getCharge } from '../../lambdas/payment-provider/get-charge';
import { handler as getSettlement } from '../../lambdas/payment-provider/get-settlement';
import type { Outside, Webhook } from '../../lambdas/payment-provider/notify-merchant';
import { handler as ruleOutCharge } from '../../lambdas/payment-provider/rule-out-charge';
import { type PaymentProvider, PROVIDER } from '../../lambdas/payments/provider';
import { type Answer, httpProvider } from '../../lambdas/payments/provider-client';
import { receiveSigned, unsignedHandler } from '../../lambdas/payments/receive-callback';
import type { Get } from '../../lambdas/reconciliation/settlement';
import { DependencyError } from '../../lambdas/runtime/errors';
import type { HttpRequest, HttpResponse } from '../../lambdas/runtime/http/http';
import { signedHeaders } from '../../lambdas/runtime/webhooks/webhook';
import { Invocation, type Steps, Unreachable } from '../../test/simulation/invocation';
import type { WorldView } from '../../test/simulation/system';
import { httpRequest } from '../../test/support/http-request';

/** The bank's service name, also for its planned outages. */
export const BANK = 'payment-provider';

const URL_OF_BANK = 'https://bank.example';
const KEY = 'the key of the bank';
const ENDPOINT = 'payments.receive-callback';
const FUNCTION_SECONDS = 30;
/** The maximum time from a charge to its outcome. */
const MAX_OUTCOME_SECONDS = 10;
/** The percentage of charges that are followed by a forged callback. */
const FORGED_PERCENT = 5;

const SECRETS = { current: Buffer.alloc(33, 'right').toString('base64') };
const WRONG = { current: Buffer.alloc(33, 'wrong').toString('base64') };
const endpoint = receiveSigned(async () => SECRETS);

/**
 * The bank on virtual time: the functions of `payment-provider` on their own tables, called by the provider client of payments.
 * Requests and responses between the two can be lost, both sides can crash, and an attacker sends forged callbacks.
 */
export class SimulatedBank {
  /** Reference → the simulation of its charge, which repeated requests do not change. */
  private readonly simulations = new Map<string, Simulation>();

  constructor(private readonly world: WorldView) {}

  /** Returns the provider for an invocation of payments. */
  client(invocation: Steps): PaymentProvider {
    const settings = { url: URL_OF_BANK, apiKey: KEY, callbackUrl: 'https://payments.example/provider-callbacks' };
    return httpProvider(
      async () => settings,
      (url, { method = 'GET', headers, body }) =>
        this.call(invocation, method, url, headers as Record<string, string>, body as string | undefined),
    );
  }

  /** Returns the reader of the bank's books for an invocation of reconciliation. */
  reader(invocation: Steps): Get {
    return (path) => this.call(invocation, 'GET', `${URL_OF_BANK}${path}`, { authorization: `Bearer ${KEY}` });
  }

  /** Returns the dependencies of an invocation of the bank. */
  outside(invocation: Steps): Outside {
    return {
      secrets: async () => SECRETS,
      post: (_url, webhook) =>
        invocation.step(`post ${webhook.headers['webhook-id']}`, () => this.post(webhook)).catch(() => 0),
    };
  }

  /** Returns the charges and refunds that it has carried out. */
  books(): Booking[] {
    return this.world.services.items<Booking>(BANK, 'bookings');
  }

  /** Calls the bank over a network that can fail. */
  private call(
    invocation: Steps,
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer> {
    const { pathname, searchParams } = new URL(url);
    const request = {
      ...toRequest(`${method} ${pathname}`, headers, body),
      queryStringParameters: Object.fromEntries(searchParams),
    };
    const name = `${request.routeKey} ${request.headers['idempotency-key'] ?? ''}`;
    const failed = (kind: string) => (kind === 'provider fails' ? unavailable('answered 500') : undefined);
    return invocation
      .step(name, () => this.answer(request), ['provider fails'], failed)
      .catch((error: unknown) => {
        throw error instanceof Unreachable ? unavailable(error.message) : error;
      });
  }

  /** Runs a function of the bank. */
  private async answer(request: HttpRequest): Promise<Answer> {
    const {
      statusCode = 500,
      body = '',
      headers,
    } = await this.invoke(
      `${BANK}.${nameOf(request)}`,
      request.headers['idempotency-key'] ?? request.rawPath,
      (consumer, invocation) => {
        const runtime = this.world.runtime(BANK, consumer, invocation);
        return this.routeFor(request, invocation).run(this.withSimulation(request), runtime, KEY);
      },
    );
    const retryAfter = headers?.['retry-after'];
    return { status: statusCode, text: body, retryAfter: retryAfter === undefined ? undefined : String(retryAfter) };
  }

  private routeFor({ routeKey }: HttpRequest, invocation: Invocation): BankRoute {
    if (routeKey === 'POST /charges') return createChargeWith(this.outside(invocation));
    if (routeKey === 'POST /cancellations') return ruleOutCharge;
    if (routeKey.startsWith('GET /settlements/')) return getSettlement;
    if (routeKey.startsWith('GET /bookings/')) return getBookings;
    return routeKey === 'POST /refunds' ? createRefund : getCharge;
  }

  /** Adds the simulation to a request for a charge. */
  private withSimulation(request: HttpRequest): HttpRequest {
    if (request.routeKey !== 'POST /charges') return request;
    const body = JSON.parse(request.body ?? '{}') as { reference: string; amount: Money };
    return { ...request, body: JSON.stringify({ ...body, simulate: this.simulationOf(body) }) };
  }

  private simulationOf({ reference, amount }: { reference: string; amount: Money }): Simulation {
    const known = this.simulations.get(reference);
    if (known) return known;
    const { chance, faults, time } = this.world;
    const fault = faults.at(`callback ${reference}`, ['callback lost', 'callback twice', 'callback early']);
    const callback = fault === undefined ? 'once' : CALLBACKS[fault];
    const simulation = {
      callback,
      delaySeconds: chance.whole(`outcome ${reference}`, 0, MAX_OUTCOME_SECONDS),
    } as const;
    this.simulations.set(reference, simulation);
    if (chance.number(`forged ${reference}`) * 100 < FORGED_PERCENT) {
      time.after(chance.number(`forge ${reference}`) * MAX_OUTCOME_SECONDS * 1_000, () =>
        this.forge(reference, amount),
      );
    }
    return simulation;
  }

  /** Sends a callback for a successful charge, signed with a wrong secret. */
  private forge(reference: string, amount: Money): void {
    const now = new Date(this.world.time.now);
    const id = `forged-${reference}`;
    const data = {
      chargeId: chargeIdOf(reference),
      reference,
      amount,
      status: 'succeeded',
      bookedOn: dayOf(now.toISOString()),
    };
    const body = JSON.stringify({ type: 'charge.succeeded', timestamp: now.toISOString(), data });
    void this.post({ body, headers: signedHeaders(id, body, WRONG, now) });
  }

  /** Runs the callback endpoint of payments. */
  private async post({ headers, body }: Webhook): Promise<number> {
    const { world } = this;
    // The endpoint uses the webhook's id as idempotency key. The unsigned handler needs an explicit one.
    const sent = { 'idempotency-key': headers['webhook-id'] ?? '', ...headers };
    const request = toRequest('POST /provider-callbacks', sent, body);
    const acceptor = world.sabotage.outside?.has('a callback signature is not verified') ? unsignedHandler : endpoint;
    const { statusCode = 500 } = await this.invoke(ENDPOINT, headers['webhook-id'] ?? '', (consumer, invocation) =>
      acceptor.run(request, world.runtime('payments', consumer, invocation)),
    );
    return statusCode;
  }

  /** Runs a function behind an HTTP API. After a crash the response is 502, as from API Gateway. */
  private invoke(
    consumer: string,
    key: string,
    work: (consumer: string, invocation: Invocation) => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    return new Promise((answer) => {
      const died = () => answer({ statusCode: 502 });
      const invocation = new Invocation(this.world, `${consumer} ${key}`, died, FUNCTION_SECONDS);
      invocation.run(() => work(consumer, invocation), answer, died);
    });
  }
}

const CALLBACKS: Readonly<Record<string, Simulation['callback']>> = {
  'callback lost': 'none',
  'callback twice': 'twice',
  'callback early': 'before-answer',
};

function nameOf({ routeKey }: HttpRequest): string {
  if (routeKey === 'POST /charges') return 'create-charge';
  if (routeKey === 'POST /cancellations') return 'rule-out-charge';
  if (routeKey.startsWith('GET /settlements/')) return 'get-settlement';
  if (routeKey.startsWith('GET /bookings/')) return 'get-bookings';
  return routeKey === 'POST /refunds' ? 'create-refund' : 'get-charge';
}

function unavailable(message: string): DependencyError {
  return new DependencyError(PROVIDER, message);
}

function toRequest(routeKey: string, headers: Readonly<Record<string, string>>, body?: string): HttpRequest {
  const name = routeKey.split('/').at(-1) ?? '';
  const request = httpRequest(routeKey, undefined, { chargeId: name, date: name, reference: name }, headers);
  return { ...request, ...(body !== undefined && { body }) };
}
