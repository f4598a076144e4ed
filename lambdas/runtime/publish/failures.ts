import { errorText } from '../errors';
import type { OutgoingEvent } from '../events/envelope';
import type { EntryResult } from './publish';

/**
 * Decides what to do after a call that failed for all events. A transient failure is retried later. A refusal can be caused by one
 * entry, which fails the call for the others, so each entry is then sent in its own call.
 *
 * @param sendOne sends one event in its own call
 */
export async function afterFailedCall(
  events: readonly OutgoingEvent[],
  error: unknown,
  sendOne: (event: OutgoingEvent) => Promise<readonly EntryResult[]>,
): Promise<readonly EntryResult[]> {
  if (!isRefusal(error)) return events.map(() => ({ kind: 'failed', error: errorText(error) }));
  if (events.length === 1) return [{ kind: 'refused', error: errorText(error) }];
  return (await Promise.all(events.map(sendOne))).flat();
}

/** Whether the service refuses the call itself: a 4xx that is neither throttling nor a timeout. */
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
