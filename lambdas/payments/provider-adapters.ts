import type { EventContract } from '../../contracts/core/contract';
import { PaymentProviderLost, PaymentProviderRegained } from '../../contracts/payments';
import { circuitBreaker } from '../runtime/adapters/circuit-breaker';
import { deferInOutage } from '../runtime/adapters/defer-in-outage';
import { logging } from '../runtime/adapters/logging';
import { rateLimit } from '../runtime/adapters/rate-limit';
import { when } from '../runtime/adapters/when';
import type { Adapter } from '../runtime/delivery';
import { withFacts } from '../runtime/process/facts';
import { nextAllowedStep } from './call-provider';
import { paymentWith } from './payment';
import type { Arrival, Step } from './payment-process';
import { PROVIDER } from './provider';
import { paymentTable } from './service';

/** Seconds that the circuit stays open after too many failures. The stack can override it with an environment variable. */
const PAUSE_SECONDS = 30;
/** Each failed probe doubles the pause, up to this multiple of the first. */
const LONGEST_PAUSE = 10;
/** Higher than the sample ever needs, so that it never delays a message. Set it to the rate that your provider allows. */
const RATE = { unitsPerSecond: 50, burst: 100 };

interface ProviderUse {
  /** The calls that the consumer can make. */
  readonly steps: readonly Step[];
  /** The facts that the consumer's event adds before the first call. @default none */
  readonly arrivals?: readonly Arrival[];
  /**
   * Handles messages while the provider is unavailable. Must defer them, so that they use up no attempts.
   * @default {@link deferInOutage}
   */
  readonly inOutage?: Adapter;
  /** Whether most of the consumer's messages need a call. @default false */
  readonly likely?: boolean;
}

/**
 * Returns the adapters of every consumer that calls the provider. They share one circuit and one rate limit. Messages that need no
 * call, such as most cancellations and reminders, bypass both.
 */
export function providerAdapters({
  steps,
  arrivals = [],
  inOutage = deferInOutage(),
  likely,
}: ProviderUse): readonly Adapter[] {
  const openSeconds = Number(process.env.PROVIDER_PAUSE_SECONDS ?? PAUSE_SECONDS);
  const circuit = {
    openSeconds,
    maxOpenSeconds: LONGEST_PAUSE * openSeconds,
    events: { opened: PaymentProviderLost, closed: PaymentProviderRegained },
  };
  const whenNeeded = when<EventContract<string, { orderId: string }>>(
    async ({ orderId }, delivery) => {
      const known = await delivery.load(paymentTable(orderId));
      return (
        known !== undefined &&
        nextAllowedStep(paymentWith(known, withFacts(known.facts, arrivals, '')), steps) !== undefined
      );
    },
    [circuitBreaker(PROVIDER, circuit), rateLimit(PROVIDER, RATE)],
    { likely },
  );
  return [logging(), inOutage, whenNeeded];
}
