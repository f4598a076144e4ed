import { readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * One use of an AWS service by the deployed system: a call of a function, a delivery to a queue, or an invocation. Sizes are in bytes,
 * functions are `<service>.<function>`. Written by python/usage.py.
 */
export type Use =
  | TableUse
  | EventsUse
  | QueueUse
  | (Call & { readonly kind: 'topic'; readonly bytes: number })
  | (Call & { readonly kind: 'schedule' })
  | Delivery
  | InvocationUse;

interface Call {
  /** The function that called. */
  readonly by: string;
  /** For example `PutItem`. */
  readonly operation: string;
}

/** A call of DynamoDB. */
export interface TableUse extends Call {
  readonly kind: 'table';
  /** Whether nothing was written, for example because a condition was false. */
  readonly failed: boolean;
  readonly writes: readonly TableWrite[];
  readonly reads: readonly { readonly table: string; readonly bytes: number; readonly consistent: boolean }[];
}

/** A write of an item. */
export interface TableWrite {
  readonly table: string;
  /** The larger one of the item before and after the write. */
  readonly bytes: number;
  /** The growth of the item. */
  readonly added: number;
  /** Write units of the table's indexes. */
  readonly indexUnits: number;
  /** What the item of an inbox keeps of processed messages. @default nothing */
  readonly kept?: {
    /** The receipts that this write added. */
    readonly messages: number;
    /** Their part of the item's bytes, and of its growth. */
    readonly bytes: number;
    readonly added: number;
  };
}

/** A call of EventBridge. */
export interface EventsUse extends Call {
  readonly kind: 'events';
  readonly entries: readonly { readonly source: string; readonly name: string; readonly bytes: number }[];
}

/** A call of SQS. */
export interface QueueUse extends Call {
  readonly kind: 'queue';
  /** Its URL. */
  readonly queue: string;
  readonly bytes: number;
  readonly messages: number;
  /** The longest delay of its messages. */
  readonly delaySeconds: number;
}

/** A message that EventBridge or SNS sent to a queue. */
export interface Delivery {
  readonly kind: 'delivery';
  readonly from: 'events' | 'topic';
  /** Its ARN. */
  readonly queue: string;
  readonly bytes: number;
}

/** An invocation of a function. */
export interface InvocationUse {
  readonly kind: 'invocation';
  readonly function: string;
  /** In MB. */
  readonly memory: number;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** As measured on this machine. */
  readonly milliseconds: number;
  readonly source: 'aws:sqs' | 'aws:dynamodb' | 'http' | 'schedule';
  /** Messages or records of the batch; 0 for requests and schedules. */
  readonly records: number;
  readonly bytes: number;
  readonly logBytes: number;
}

/** Returns the file in an emulator's folder to which it writes the use of services, as JSON lines. */
export function usageFile(directory: string): string {
  return path.join(directory, 'usage.jsonl');
}

/** Returns all uses since the start of an emulator that records them. */
export async function readUsage(directory: string): Promise<Use[]> {
  const text = await readFile(usageFile(directory), 'utf8');
  // The last line can be incomplete.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Use);
}
