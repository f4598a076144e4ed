import type { SQSRecord } from 'aws-lambda';
import type { Backoff, Random } from './retry';
import type { Store } from './store/store';

/** Everything that the runtime's rules need from outside. On AWS it is `aws/aws-runtime.ts`; tests bring their own. */
export interface Runtime {
  /** How the stack configured this function. */
  readonly settings: Settings;
  readonly store: Store;
  readonly log: Log;
  now(): Date;
  readonly random: Random;
  /** Waits, in milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** The runtime of a consumer. Other functions do not bundle its code. */
export interface ConsumerRuntime extends Runtime {
  readonly queue: Queue;
  /** @default nothing is counted */
  readonly metrics?: Metrics;
}

/** A function's configuration, which its stack writes into its environment. */
export interface Settings {
  /** How long a processed message is remembered, in days. */
  readonly idempotencyDays: number;
  /** How often a message is tried before it is parked. For subscriptions only. */
  readonly attempts: number;
  /** Delay between attempts, in seconds. For subscriptions only. */
  readonly backoff: Backoff;
}

/** The queue that a subscription consumes from. */
export interface Queue {
  /** Sends a copy of the message to the dead-letter queue. Attribute values are any text. */
  park(message: SQSRecord, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Sends a copy of the message to its own queue, visible after a delay in whole seconds (at most 900). */
  defer(message: SQSRecord, seconds: number, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Makes each message visible again after its delay in whole seconds, in one call. */
  delay(messages: readonly { readonly message: SQSRecord; readonly seconds: number }[]): Promise<void>;
}

/** One structured line for each message or request. */
export interface Log {
  info(message: string, fields: object): void;
  warn(message: string, fields: object): void;
  error(message: string, fields: object): void;
}

/** Counters, which are added up until they are written. */
export interface Metrics {
  count(name: string, value: number, dimensions: Readonly<Record<string, string>>): void;
  /** Writes the counts since the last flush. Called once for each batch. */
  flush(): void;
}
