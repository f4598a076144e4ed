import { describe } from '../errors';
import type { OutgoingEvent } from '../events/envelope';
import type { EntryResult } from './publish';

/**
 * A call that failed as a whole. What passes by itself is tried again; a refusal may be one entry's fault that spoils the call
 * for the others, so each is asked for alone.
 */
export async function afterFailedCall(
  events: readonly OutgoingEvent[],
  error: unknown,
  sendOne: (event: OutgoingEvent) => Promise<readonly EntryResult[]>,
): Promise<readonly EntryResult[]> {
  if (!isRefusal(error)) return events.map(() => ({ kind: 'failed', error: describe(error) }));
  if (events.length === 1) return [{ kind: 'refused', error: describe(error) }];
  return (await Promise.all(events.map(sendOne))).flat();
}

/** A 4xx that is no throttling: the call itself is what the service objects to. */
function isRefusal(error: unknown): boolean {
  const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 500;
  return (
    status >= 400 &&
    status < 500 &&
    status !== 408 &&
    status !== 429 &&
    !/Throttl|TooMany|Expired|Overloaded/.test(name)
  );
}
