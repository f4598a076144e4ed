/** A request that a unit of work sent to another system, and the answer. */
export interface OutgoingCall {
  /** When it was sent. ISO 8601, UTC. */
  readonly at: string;
  /** HTTP method. */
  readonly method: string;
  /** Without query. Of a webhook, the origin alone: its path can contain a token. */
  readonly url: string;
  /** The message in it, e.g. `order.confirmed`. */
  readonly about?: string;
  /** Its idempotency key: all attempts have the same. */
  readonly key?: string;
  /** HTTP status. Undefined when there was no response. */
  readonly status?: number;
  /** Why there was no response: `TIMEOUT`, or an error's code. */
  readonly problem?: string;
  /** From the request to the headers of the response. */
  readonly milliseconds: number;
}
