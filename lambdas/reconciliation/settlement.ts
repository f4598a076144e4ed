import * as z from 'zod/mini';
import { Identifier } from '../../contracts/core/text';
import { Money } from '../../contracts/values';
import { readSecret } from '../runtime/aws/secret';
import { setting } from '../runtime/aws/settings';
import { DependencyError, errorText, PermanentError } from '../runtime/errors';
import { reachable } from '../runtime/http/reachable';
import type { Book } from '../runtime/reconciliation/book';
import { PROVIDER, providerKey } from './service';

/** For a whole call, well below the function's timeout. */
const TIMEOUT_MILLISECONDS = 10_000;
/** Seconds until a day is asked for again that the provider has not closed. */
const UNTIL_CLOSED_SECONDS = 10 * 60;

/** A charge or refund that the provider has carried out. */
const Booking = z.object({
  kind: z.enum(['charge', 'refund']),
  chargeId: Identifier,
  /** The order's id. */
  reference: Identifier,
  amount: Money,
  /** ISO 8601, UTC. */
  bookedAt: z.iso.datetime(),
});
export type SettlementLine = z.infer<typeof Booking>;

const Settlement = z.object({ closed: z.boolean(), lines: z.array(Booking), end: z.boolean() });
const Bookings = z.object({ lines: z.array(Booking) });

/**
 * Answers a `GET`, for example `/settlements/2026-01-31`.
 *
 * @throws DependencyError when the provider cannot be reached
 */
export type Get = (path: string) => Promise<{ readonly status: number; readonly text: string }>;

/** The provider's own book: its settlement of a day, and all bookings of an order, through its API. */
export function settlementBook(get: Get): Book<SettlementLine> {
  const read = async <Schema extends z.ZodMiniType>(schema: Schema, path: string): Promise<z.infer<Schema>> => {
    const { status, text } = await get(path);
    if (status >= 500 || status === 429) throw new DependencyError(PROVIDER, `GET ${path} answered ${status}`);
    if (status >= 300) {
      throw new PermanentError(
        `${PROVIDER} rejected GET ${path} with ${status}: fix the cause, then redrive the message.`,
      );
    }
    const answer = schema.safeParse(toJson(text));
    // Retried, because a proxy may have answered in place of the provider.
    if (!answer.success) throw new DependencyError(PROVIDER, `the response to GET ${path} does not match its schema`);
    return answer.data;
  };
  return {
    async page({ day, from, to, after, limit }) {
      const range = { ...(from && { from }), ...(to && { to }), ...(after && { after }), limit: String(limit) };
      const { closed, lines, end } = await read(Settlement, `/settlements/${day.date}?${new URLSearchParams(range)}`);
      if (!closed) throw new DependencyError(PROVIDER, `has not closed ${day.date}`, UNTIL_CLOSED_SECONDS);
      return { entries: lines, end };
    },
    async find(key) {
      return (await read(Bookings, `/bookings/${key}`)).lines;
    },
  };
}

/** The provider with the settings of this function's stack. */
export const getFromProvider: Get = async (path) => {
  const { current } = await readSecret<{ current: string }>(providerKey);
  try {
    const response = await fetch(`${reachable(setting('PROVIDER_URL'))}${path}`, {
      headers: { authorization: `Bearer ${current}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    // The message of fetch is always "fetch failed". Its cause has the reason.
    const why = errorText((error as { cause?: unknown }).cause ?? error);
    throw new DependencyError(PROVIDER, `no response (${why})`, undefined, { cause: error });
  }
};

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
