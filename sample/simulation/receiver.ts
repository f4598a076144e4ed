import { createHash } from 'node:crypto';
import type { Attempt } from '../../lambdas/callbacks/deliver-callback';
import type { WebhookMessage, WebhookResult } from '../../lambdas/runtime/webhooks/webhook';

const SECOND = 1_000;

/** The results of attempts. Each is equally frequent. */
const answers: readonly WebhookResult[] = [
  { kind: 'delivered' },
  { kind: 'delivered' },
  { kind: 'delivered' },
  { kind: 'failed', problem: 'HTTP 500' },
  { kind: 'failed', problem: 'TIMEOUT' },
  { kind: 'failed', problem: 'HTTP 503', retryAfter: 60 * SECOND },
  { kind: 'gone' },
];

/** A stateless receiver. Its response depends only on the message and the time, so that a seed reproduces a run. */
export async function receive({ id }: WebhookMessage, now: Date): Promise<Attempt> {
  const [byte = 0] = createHash('sha256').update(`${id} ${now.toISOString()}`).digest();
  return { result: answers[byte % answers.length] ?? { kind: 'delivered' }, endedAt: new Date(now.getTime() + SECOND) };
}
