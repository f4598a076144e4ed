import type { SQSRecord } from 'aws-lambda';
import type { Random } from './retry';
import type { Store } from './store/store';

/** All that the runtime's rules need of the world outside. On AWS it is `aws.ts`; tests bring their own. */
export interface Runtime {
  readonly store: Store;
  readonly queue: Queue;
  readonly log: Log;
  /** @default nothing is counted */
  readonly metrics?: Metrics;
  now(): Date;
  readonly random: Random;
  /** Waits, in milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** The queue that a subscription consumes from. */
export interface Queue {
  /** Puts a copy of the message on the dead-letter queue. Attribute values are text of any kind. */
  park(message: SQSRecord, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Puts a copy of the message on its own queue, to be seen after so many whole seconds (900 at most). */
  defer(message: SQSRecord, seconds: number, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Makes each message visible again after so many whole seconds, all in one call. */
  delay(messages: readonly { readonly message: SQSRecord; readonly seconds: number }[]): Promise<void>;
}

/** One structured line for each message or request. */
export interface Log {
  info(message: string, fields: object): void;
  warn(message: string, fields: object): void;
  error(message: string, fields: object): void;
}

/** Counts of what happened, added up until they are written. */
export interface Metrics {
  count(name: string, value: number, dimensions: Readonly<Record<string, string>>): void;
  /** Writes what was counted since the last time; once for each batch. */
  flush(): void;
}
