import type { EventContract } from '../../contracts/core/contract';
import { PaymentProviderLost, PaymentProviderRegained } from '../../contracts/payments';
import { circuitBreaker } from '../runtime/adapters/circuit-breaker';
import { deferInOutage } from '../runtime/adapters/defer-in-outage';
import { logging } from '../runtime/adapters/logging';
import { rateLimit } from '../runtime/adapters/rate-limit';
import { when } from '../runtime/adapters/when';
import type { Adapter } from '../runtime/delivery';
import { withFacts } from '../runtime/process/facts';
import { stepToAsk } from './call-provider';
import { type Payment, paymentWith } from './payment';
import type { Arrival, Step } from './payment-process';
import { PROVIDER } from './provider';
import { paymentTable } from './service';

/** How long the provider is left alone once it has failed too often, in seconds. The stack may set it otherwise. */
const PAUSE_SECONDS = 30;
/** Each try in vain doubles the pause, up to so many times the first. */
const LONGEST_PAUSE = 10;
/** More than the sample ever needs, so that nothing waits for it: put what your provider's contract says. */
const RATE = { unitsPerSecond: 50, burst: 100 };

interface Asking {
  /** What the consumer may ask of the provider. */
  readonly steps: readonly Step[];
  /** What its event alone makes known. @default nothing */
  readonly arrivals?: readonly Arrival[];
  /** What becomes of a message while the provider is away: it must not use up attempts. @default it waits */
  readonly inOutage?: Adapter;
}

/**
 * What every consumer that asks the provider is wrapped in: they share one circuit and one rate. Most cancellations and
 * reminders find nothing to ask, and pass.
 */
export function providerAdapters({ steps, arrivals = [], inOutage = deferInOutage() }: Asking): readonly Adapter[] {
  const openSeconds = Number(process.env.PROVIDER_PAUSE_SECONDS ?? PAUSE_SECONDS);
  const circuit = {
    openSeconds,
    maxOpenSeconds: LONGEST_PAUSE * openSeconds,
    events: { opened: PaymentProviderLost, closed: PaymentProviderRegained },
  };
  const asksProvider = when<EventContract<string, { orderId: string }>>(
    async ({ orderId }, { runtime }) => {
      const [loaded] = await runtime.store.load([paymentTable(orderId)]);
      const known = loaded?.item as Payment | undefined;
      return (
        known !== undefined && stepToAsk(paymentWith(known, withFacts(known.facts, arrivals, '')), steps) !== undefined
      );
    },
    [circuitBreaker(PROVIDER, circuit), rateLimit(PROVIDER, RATE)],
  );
  return [logging(), inOutage, asksProvider];
}
