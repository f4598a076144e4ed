import fc from 'fast-check';
import type { BankRoute } from '../../../../lambdas/payment-provider/bank-route';
import { handler as createCharge } from '../../../../lambdas/payment-provider/create-charge';
import { handler as createRefund } from '../../../../lambdas/payment-provider/create-refund';
import { handler as getBookings } from '../../../../lambdas/payment-provider/get-bookings';
import { handler as getCharge } from '../../../../lambdas/payment-provider/get-charge';
import { handler as getSettlement } from '../../../../lambdas/payment-provider/get-settlement';
import { handler as ruleOutCharge } from '../../../../lambdas/payment-provider/rule-out-charge';
import { handler as setSimulation } from '../../../../lambdas/payment-provider/set-simulation';
import { HandlerWorld } from '../../../../test/support/handler-world';
import { hostileText, inputs } from './inputs';
import { bodies, headers, isRefused, toRequest } from './requests';

const KEY = 'the-right-key';
const TABLES = ['records', 'charges', 'bookings', 'simulation'];

/** Requests with every field of the bank's routes, except simulated failures. */
const almostRequest = fc.record(
  {
    reference: fc.oneof(fc.uuid(), hostileText, fc.anything()),
    amount: fc.oneof(fc.record({ amount: fc.integer(), currency: fc.constantFrom('EUR', 'eur', '') }), fc.anything()),
    callbackUrl: fc.oneof(fc.webUrl(), hostileText, fc.anything()),
    chargeId: fc.oneof(fc.uuid(), hostileText, fc.anything()),
    simulate: fc.record(
      {
        outcome: fc.constantFrom('succeeded', 'declined', 'exploded'),
        delaySeconds: fc.oneof(fc.integer(), fc.double()),
        callback: fc.constantFrom('once', 'none', 'twice', 'never'),
      },
      { requiredKeys: [] },
    ),
    outcome: fc.anything(),
    delaySeconds: fc.oneof(fc.integer(), fc.double()),
    outageUntil: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      hostileText,
    ),
  },
  { requiredKeys: [] },
);

const posts: readonly (readonly [string, BankRoute])[] = [
  ['POST /charges', createCharge],
  ['POST /refunds', createRefund],
  ['POST /cancellations', ruleOutCharge],
  ['PUT /simulation', setSimulation],
];
const gets: readonly (readonly [string, BankRoute, string])[] = [
  ['GET /charges/{chargeId}', getCharge, 'chargeId'],
  ['GET /settlements/{date}', getSettlement, 'date'],
  ['GET /bookings/{reference}', getBookings, 'reference'],
];

async function call(bankRoute: BankRoute, ...request: Parameters<typeof toRequest>) {
  const world = new HandlerWorld();
  const response = await bankRoute.run(toRequest(...request), world.runtime(), KEY);
  return { response, stored: TABLES.reduce((sum, table) => sum + world.store.items(table).length, 0) };
}

const isTaken = (status = 0) => status >= 200 && status < 300;

test.each(posts)(
  '%s answers every request with a 2xx or a 4xx, and stores nothing of a rejected request',
  async (_, post) => {
    const tried = fc.asyncProperty(bodies(almostRequest), headers, fc.boolean(), async (text, sent, isBase64) => {
      const { response, stored } = await call(post, text, { ...sent, authorization: `Bearer ${KEY}` }, isBase64);
      return isTaken(response.statusCode) ? stored > 0 : isRefused(response) && stored === 0;
    });
    await fc.assert(tried, inputs());
  },
);

test.each(gets)('%s answers every request with a 2xx or a 4xx', async (_, get, parameter) => {
  const tried = fc.asyncProperty(hostileText, headers, async (text, sent) => {
    const allowed = { ...sent, authorization: `Bearer ${KEY}` };
    const { response } = await call(get, '', allowed, false, { [parameter]: text });
    return isTaken(response.statusCode) || isRefused(response);
  });
  await fc.assert(tried, inputs());
});

test('every route answers 401 without the key, and stores nothing', async () => {
  const routes = [...posts, ...gets].map(([, bankRoute]) => bankRoute);
  const tried = fc.asyncProperty(
    fc.constantFrom(...routes),
    bodies(almostRequest),
    fc.oneof(
      hostileText,
      hostileText.map((text) => `Bearer ${text}`),
    ),
    async (bankRoute, text, authorization) => {
      const { response, stored } = await call(bankRoute, text, { authorization });
      return response.statusCode === 401 && isRefused(response) && stored === 0;
    },
  );
  await fc.assert(tried, inputs());
});
