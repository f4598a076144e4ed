import type { SQSRecord } from 'aws-lambda';
import type { Backoff, Random } from './retry';
import type { Spans } from './spans';
import type { Store } from './store/store';

/** Store, clock, log and settings of a function. Tests and the simulation pass their own. */
export interface Runtime {
  /** How the stack configured this function. */
  readonly settings: Settings;
  /** The service's tables. */
  readonly store: Store;
  /** Structured log lines. */
  readonly log: Log;
  /** Returns the current time. */
  now(): Date;
  /** Random numbers, for jitter. */
  readonly random: Random;
  /** @default no spans are collected */
  readonly spans?: Spans;
  /** Waits for some milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** Identifies the function instance, which keeps its state between batches. @default the store */
  readonly instance?: object;
  /** Runs an action after all code that is ready to run. @default after this turn of the event loop */
  readonly soon?: (action: () => void) => void;
}

/** The runtime of a consumer. Other functions do not bundle its code. */
export interface ConsumerRuntime extends Runtime {
  /** The subscription's queue. */
  readonly queue: Queue;
  /** Counters. @default nothing is counted */
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

/** Structured log lines. The runtime writes one for each message or request. */
export interface Log {
  /** Logs an expected outcome. */
  info(message: string, fields: object): void;
  /** Logs a failure that a retry can resolve. */
  warn(message: string, fields: object): void;
  /** Logs a failure that an operator should look at. */
  error(message: string, fields: object): void;
}

/** Counters, which are added up until they are written. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: string, value: number, dimensions: Readonly<Record<string, string>>): void;
  /** Writes the counts since the last flush. Called once for each batch. */
  flush(): void;
}
