import { errorText } from '../errors';
import type { EntryResult } from './publish';

/**
 * Decides what to do after a call that failed for all events. A transient failure is retried later. A refusal can be caused by one
 * entry, which fails the call for the others, so each entry is then sent in its own call.
 *
 * @param sendOne sends one event in its own call
 */
export async function afterFailedCall<Sent>(
  events: readonly Sent[],
  error: unknown,
  sendOne: (event: Sent) => Promise<readonly EntryResult[]>,
): Promise<readonly EntryResult[]> {
  if (!isRefusal(error)) return events.map(() => ({ kind: 'failed', error: errorText(error) }));
  if (events.length === 1) return [{ kind: 'refused', error: errorText(error) }];
  return (await Promise.all(events.map(sendOne))).flat();
}

/** A failed entry of a batch call of SQS or SNS, whose id is its index. */
interface FailedEntry {
  readonly Id?: string;
  readonly Code?: string;
  readonly Message?: string;
  readonly SenderFault?: boolean;
}

/** Returns the results of a batch call of SQS or SNS. A fault of the sender is permanent. */
export function toResults(count: number, failed: readonly FailedEntry[]): EntryResult[] {
  if (failed.length === 0) return Array<EntryResult>(count).fill({ kind: 'published' });
  const byIndex = new Map(failed.map((entry) => [Number(entry.Id), entry]));
  return Array.from({ length: count }, (_, index): EntryResult => {
    const entry = byIndex.get(index);
    if (!entry) return { kind: 'published' };
    return { kind: entry.SenderFault ? 'refused' : 'failed', error: `${entry.Code}: ${entry.Message ?? ''}` };
  });
}

/** Whether the service refuses the call itself: a 4xx that is neither throttling, nor a timeout, nor a bus that is still being created. */
function isRefusal(error: unknown): boolean {
  const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 500;
  return (
    status >= 400 &&
    status < 500 &&
    status !== 408 &&
    status !== 429 &&
    !/Throttl|TooMany|Expired|Overloaded|InvalidState/.test(name)
  );
}
