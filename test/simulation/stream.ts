import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { RECORDED } from '../../lambdas/runtime/store/store';
import type { Change } from './aws/dynamodb';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import { Invocation } from './invocation';

const RELAY_SECONDS = 60;
const BATCH = 100;
/** As in `lib/broker/tables/idempotency-table.ts`. Splitting a batch does not count as a retry. */
const RETRIES = 100;
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
const RETENTION = 24 * 60 * 60 * 1_000;

/** The function that reads a stream. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

export interface StreamOptions {
  /** The relay, in one invocation. */
  relay(invocation: Invocation): StreamHandler;
  /** Called for each record that the relay will never get. Its mapping then sends the record's position to the relay's dead letters. */
  discarded(): void;
  /** Sabotage: a batch is not retried after its relay crashed or failed. */
  readonly isForgetful: boolean;
}

/**
 * Simulates a table's stream and its event source mapping: batches in order, one at a time, each retried until it succeeds or its
 * retries are used up. A failed batch is retried in halves. Records are trimmed after 24 hours, read or not.
 */
export class SimulatedStream {
  private readonly records: { readonly at: number; readonly record: DynamoDBRecord }[] = [];
  private busy = false;
  private size = BATCH;
  private tries = 0;
  /** In some worlds the mapping has no filter: it saves invocations, and the relay must not depend on it. */
  private readonly isFiltered: boolean;
  private readonly relay: string;

  constructor(
    private readonly conditions: Conditions,
    private readonly table: string,
    private readonly options: StreamOptions,
  ) {
    this.relay = relayOf(serviceOf(table));
    this.isFiltered = conditions.chance.number(`${table} filter`) < 0.8;
  }

  append(change: Change): void {
    const { eventName, image } = change;
    const isNew = (eventName === 'INSERT' && image.outbox?.S !== undefined) || image[RECORDED] !== undefined;
    if (this.isFiltered && !isNew) return;
    const { chance, pace, time } = this.conditions;
    this.records.push({ at: time.now, record: toRecord(change) });
    this.wake(pace?.read ?? chance.number(`${this.table} stream`) * 500);
  }

  private wake(milliseconds: number): void {
    if (this.busy) return;
    this.busy = true;
    const { faults, time } = this.conditions;
    time.after(Math.max(milliseconds, faults.worksAgainAt(this.relay) - time.now), () => this.read());
  }

  private read(): void {
    const { conditions, options } = this;
    this.trim();
    const batch = this.records.slice(0, this.size).map(({ record }) => record);
    const next = () => {
      this.busy = false;
      // Where speed is measured, a batch follows the one before at once, as Lambda's pollers do.
      if (this.records.length > 0) this.wake(conditions.pace ? 0 : 1_000);
    };
    const done = () => {
      this.records.splice(0, batch.length);
      this.size = BATCH;
      this.tries = 0;
      next();
    };
    const failed = () => {
      if (options.isForgetful) return done();
      if (batch.length > 1) this.size = Math.floor(batch.length / 2);
      else if (++this.tries > RETRIES) return this.discard('relay retries used up', done);
      next();
    };
    if (batch.length === 0) {
      next();
      return;
    }
    const relay = new Invocation(conditions, this.relay, failed, RELAY_SECONDS);
    const end = ({ batchItemFailures }: DynamoDBBatchResponse) => (batchItemFailures.length > 0 ? failed() : done());
    relay.run(() => options.relay(relay)({ Records: batch }), end, failed);
  }

  private trim(): void {
    const oldest = this.conditions.time.now - RETENTION;
    while (this.records[0] && this.records[0].at < oldest) this.discard('stream trimmed', () => this.records.shift());
  }

  private discard(kind: FaultKind, skip: () => void): void {
    this.conditions.faults.note(kind, this.table);
    this.options.discarded();
    skip();
  }
}

/** Returns the service of a table or a consumer: `orders` of `orders.records`. */
export function serviceOf(table: string): string {
  return table.slice(0, table.indexOf('.'));
}

/** The name of a service's relay. */
export function relayOf(service: string): string {
  return `${service}.relay`;
}

/** A record as streams with new images have it. Deletions by the time to live name DynamoDB as their user. */
function toRecord({ eventName, image }: Change): DynamoDBRecord {
  if (eventName !== 'REMOVE') return { eventName, dynamodb: { NewImage: image } } as DynamoDBRecord;
  const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
  return { eventName, dynamodb: { Keys: { id: image.id } }, userIdentity } as DynamoDBRecord;
}
