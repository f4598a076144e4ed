import fc from 'fast-check';
import { receiveSigned } from '../../../../lambdas/payments/receive-callback';
import { type SigningSecrets, signedHeaders } from '../../../../lambdas/runtime/webhooks/webhook';
import { HandlerWorld } from '../../../../test/support/handler-world';
import { hostileText, inputs } from './inputs';
import { bodies, headers, isRefused, toRequest } from './requests';

const secret = (text: string) => `whsec_${Buffer.alloc(32, text).toString('base64')}`;
const ours: SigningSecrets = { current: secret('current'), previous: secret('previous') };
const endpoint = receiveSigned(async () => ours);
const NOW = new HandlerWorld().now;

/** Callbacks that look more or less like the provider's, of charges that nobody asked for. */
const almostCallback = fc.record(
  {
    type: fc.oneof(fc.constantFrom('charge.succeeded', 'charge.declined'), hostileText, fc.anything()),
    timestamp: fc.oneof(fc.constant(NOW.toISOString()), hostileText, fc.anything()),
    data: fc.oneof(
      fc.record(
        {
          chargeId: fc.oneof(fc.uuid(), hostileText),
          reference: fc.oneof(fc.uuid(), hostileText, fc.anything()),
          status: fc.oneof(fc.constantFrom('pending', 'succeeded', 'declined', 'cancelled'), fc.anything()),
          amount: fc.oneof(fc.record({ amount: fc.integer(), currency: fc.constant('EUR') }), fc.anything()),
          bookedOn: fc.oneof(fc.constant('2026-01-01'), hostileText),
        },
        { requiredKeys: [] },
      ),
      fc.anything(),
    ),
  },
  { requiredKeys: [] },
);

/** Headers by somebody who knows no secret. */
const forged = fc.record(
  {
    'webhook-id': fc.oneof(fc.uuid(), hostileText),
    'webhook-timestamp': fc.oneof(fc.constant(String(NOW.getTime() / 1_000)), hostileText),
    'webhook-signature': fc.oneof(
      fc.base64String().map((text) => `v1,${text}`),
      hostileText,
    ),
  },
  { requiredKeys: [] },
);

async function isRefusedAndForgotten(text: string, sent: Record<string, string>, isBase64: boolean) {
  const world = new HandlerWorld();
  const response = await world.request(endpoint, toRequest(text, sent, isBase64));
  const stored = ['records', 'payments'].flatMap((table) => world.store.items(table));
  return { status: response.statusCode, isWell: isRefused(response) && stored.length === 0 };
}

test('the callback of the provider is refused with 401 when it is not signed, whatever it says', async () => {
  const tried = fc.asyncProperty(
    bodies(almostCallback),
    headers,
    forged,
    fc.boolean(),
    async (text, sent, by, is64) => {
      const { status, isWell } = await isRefusedAndForgotten(text, { ...sent, ...by }, is64);
      return status === 401 && isWell;
    },
  );
  await fc.assert(tried, inputs());
});

test('a callback that the provider has signed is refused with a 4xx when it means nothing to us', async () => {
  const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1 }));
  const tried = fc.asyncProperty(bodies(almostCallback), headers, id, fc.boolean(), async (text, sent, by, is64) => {
    const signature = signedHeaders(by, text, ours, NOW);
    return (await isRefusedAndForgotten(text, { ...sent, ...signature }, is64)).isWell;
  });
  await fc.assert(tried, inputs());
});
