import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Change } from './aws/dynamodb';
import type { Conditions } from './conditions';
import { Invocation } from './invocation';

const RELAY_SECONDS = 60;
const BATCH = 100;

/** The function that reads a stream. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

export interface StreamOptions {
  /** The relay, in one invocation. */
  relay(invocation: Invocation): StreamHandler;
  /** Sabotage: a batch is not retried after its relay crashed or failed. */
  readonly isForgetful: boolean;
}

/**
 * Simulates a table's stream and its event source mapping, which takes new records with an outbox: batches in order, one at a time,
 * each retried until it succeeds. A failed batch is retried as a smaller one.
 */
export class SimulatedStream {
  private readonly records: DynamoDBRecord[] = [];
  private busy = false;
  private size = BATCH;

  constructor(
    private readonly conditions: Conditions,
    private readonly service: string,
    private readonly options: StreamOptions,
  ) {}

  append({ eventName, image }: Change): void {
    if (eventName !== 'INSERT' || image.outbox?.S === undefined) return;
    this.records.push({ eventName, dynamodb: { NewImage: image } } as DynamoDBRecord);
    this.wake(this.conditions.chance.number(`${this.service} stream`) * 500);
  }

  private wake(milliseconds: number): void {
    if (this.busy) return;
    this.busy = true;
    this.conditions.time.after(milliseconds, () => this.read());
  }

  private read(): void {
    const { conditions, options } = this;
    const batch = this.records.slice(0, this.size);
    const next = () => {
      this.busy = false;
      if (this.records.length > 0) this.wake(1_000);
    };
    const done = () => {
      this.records.splice(0, batch.length);
      this.size = BATCH;
      next();
    };
    const failed = () => {
      if (options.isForgetful) return done();
      this.size = Math.max(1, Math.floor(batch.length / 2));
      next();
    };
    const relay = new Invocation(conditions, `${this.service}.relay`, failed, RELAY_SECONDS);
    const end = ({ batchItemFailures }: DynamoDBBatchResponse) => (batchItemFailures.length > 0 ? failed() : done());
    relay.run(() => options.relay(relay)({ Records: batch }), end, failed);
  }
}
