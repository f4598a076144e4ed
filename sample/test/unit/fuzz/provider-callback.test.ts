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

/** Callbacks that resemble the provider's, for unknown charges. */
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

/** Headers of a sender without a secret. */
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

async function tryCallback(text: string, sent: Record<string, string>, isBase64: boolean) {
  const world = new HandlerWorld();
  const response = await world.request(endpoint, toRequest(text, sent, isBase64));
  const stored = ['records', 'payments'].flatMap((table) => world.store.items(table));
  return { status: response.statusCode, isRejected: isRefused(response) && stored.length === 0 };
}

test('a callback without a valid signature is answered 401', async () => {
  const tried = fc.asyncProperty(
    bodies(almostCallback),
    headers,
    forged,
    fc.boolean(),
    async (text, sent, by, is64) => {
      const { status, isRejected } = await tryCallback(text, { ...sent, ...by }, is64);
      return status === 401 && isRejected;
    },
  );
  await fc.assert(tried, inputs());
});

test('a signed callback for an unknown charge is answered with a 4xx', async () => {
  const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1 }));
  const tried = fc.asyncProperty(bodies(almostCallback), headers, id, fc.boolean(), async (text, sent, by, is64) => {
    const signature = signedHeaders(by, text, ours, NOW);
    return (await tryCallback(text, { ...sent, ...signature }, is64)).isRejected;
  });
  await fc.assert(tried, inputs());
});
