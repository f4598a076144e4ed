import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { messageOf } from '../../cli/failure';
import type { Deployment } from '../../deployed/discover';
import { functionOf, listMappings } from '../../deployed/mappings';
import { queueState } from '../../ops/dead-letters/message-queue';
import { type DeadLetterQueue, deadLetterQueues } from '../../ops/dead-letters/queues';
import type { LiveQueue, LoadPoint, Snapshot } from '../api';
import { FlowIndex, type RecordPart, since } from './flow-index';

const EVERY_MS = 1_000;
/** A scan of the records may take this part of the time at most, since each reads whole tables. */
const SCAN_SHARE = 0.25;
const POINTS = 600;
/** Records are committed up to this long after the time in them. */
const LATE_MS = 15_000;
const RATE_SECONDS = 10;

/** Watches a deployed system while somebody looks at it. */
export class Watch {
  readonly flows: FlowIndex;
  snapshot: Snapshot | undefined;
  readonly #points: LoadPoint[] = [];
  readonly #recent: { readonly at: number; readonly subscriber: string }[] = [];
  #scanAfter = 0;
  #readUntil = '';
  #arrived = 0;
  #processed = 0;
  #looking: Promise<Snapshot> | undefined;

  constructor(private readonly deployment: Deployment) {
    this.flows = new FlowIndex(
      deployment.services.flatMap(({ service, subscriptions }) =>
        subscriptions.map(({ name, to }) => ({ name: `${service}.${name}`, to })),
      ),
    );
  }

  /** Returns a snapshot that is at most two seconds old. */
  async current(): Promise<Snapshot> {
    const age = this.snapshot ? Date.now() - Date.parse(this.snapshot.at) : Number.POSITIVE_INFINITY;
    if (this.snapshot && age < EVERY_MS) return this.snapshot;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<Snapshot> {
    const at = new Date();
    try {
      const [queues, openCircuits] = await Promise.all([this.#readQueues(), this.#readCircuits(), this.#readRecords()]);
      const depth = queues.reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
      const inFlight = queues.reduce((sum, one) => sum + one.inFlight, 0);
      this.#points.push({
        at: at.getTime() / 1_000,
        arrived: this.#arrived,
        processed: this.#processed,
        depth,
        inFlight,
      });
      if (this.#points.length > POINTS) this.#points.shift();
      [this.#arrived, this.#processed] = [0, 0];
      const timed = this.#addTimes(queues, at);
      const flows = { running: 0, stuck: 0, settled: 0 };
      for (const id of this.flows.ids()) flows[this.flows.state(id, at).state]++;
      this.snapshot = { at: at.toISOString(), queues: timed, openCircuits, flows, load: [...this.#points] };
    } catch (error) {
      const before = this.snapshot ?? {
        queues: [],
        openCircuits: [],
        flows: { running: 0, stuck: 0, settled: 0 },
        load: [],
      };
      this.snapshot = { ...before, at: at.toISOString(), problem: messageOf(error) };
    }
    return this.snapshot;
  }

  async #readQueues(): Promise<LiveQueue[]> {
    const sqs = this.deployment.clients.of(SQSClient);
    const mappings = await listMappings(this.deployment);
    const names = new Map<string, string>(
      this.deployment.services.flatMap(({ service, subscriptions }) =>
        subscriptions.map((one) => [`${service}.${one.name}`, one.function] as const),
      ),
    );
    return Promise.all(
      deadLetterQueues(this.deployment).map(async (queue: DeadLetterQueue): Promise<LiveQueue> => {
        const [dead, own] = await Promise.all([
          queueState(sqs, queue.url),
          queue.source === undefined ? undefined : queueState(sqs, queue.source),
        ]);
        const mapping = mappings.find((one) => functionOf(one) === names.get(queue.name));
        return {
          name: queue.name,
          waiting: own?.waiting ?? 0,
          inFlight: own?.inFlight ?? 0,
          delayed: own?.delayed ?? 0,
          dead: dead.waiting + dead.inFlight,
          rate: 0,
          ...(mapping && { isEnabled: mapping.State === 'Enabled' || mapping.State === 'Enabling' }),
        };
      }),
    );
  }

  #addTimes(queues: readonly LiveQueue[], now: Date): LiveQueue[] {
    const oldest = new Map<string, number>();
    for (const id of this.flows.ids()) {
      for (const { event } of this.flows.events(id) ?? []) {
        for (const { subscriber, state } of this.flows.receipts(event, now)) {
          if (state === 'pending') oldest.set(subscriber, Math.min(oldest.get(subscriber) ?? Infinity, since(event)));
        }
      }
    }
    const from = now.getTime() - RATE_SECONDS * 1_000;
    while ((this.#recent[0]?.at ?? from) < from) this.#recent.shift();
    return queues.map((queue) => {
      const waits = oldest.get(queue.name);
      const rate = this.#recent.filter(({ subscriber }) => subscriber === queue.name).length / RATE_SECONDS;
      const oldestSeconds = waits === undefined ? undefined : Math.max(0, Math.round((now.getTime() - waits) / 1_000));
      return { ...queue, rate, ...(oldestSeconds !== undefined && { oldestSeconds }) };
    });
  }

  /** Reads new records of all services, unless reading them took too long the last time. */
  async #readRecords(): Promise<void> {
    const start = Date.now();
    if (start < this.#scanAfter) return;
    const client = this.deployment.clients.of(DynamoDBClient);
    const from = this.#readUntil;
    const found: RecordPart[] = [];
    await Promise.all(
      this.deployment.services.map(async ({ records }) => {
        const pages = paginateScan(
          { client },
          {
            TableName: records,
            ProjectionExpression: 'id, correlationId, processedAt, outbox',
            FilterExpression: 'processedAt >= :from',
            ExpressionAttributeValues: { ':from': { S: from } },
          },
        );
        for await (const { Items = [] } of pages) found.push(...Items.map((item) => unmarshall(item) as RecordPart));
      }),
    );
    const isFirst = from === '';
    for (const record of found.sort((a, b) => (a.processedAt < b.processedAt ? -1 : 1))) {
      if (!this.flows.add(record) || isFirst) continue;
      this.#processed++;
      this.#arrived += record.outbox === undefined ? 0 : (record.outbox.match(/"occurredAt"/g)?.length ?? 0);
      const subscriber = record.id.slice(0, record.id.indexOf('#'));
      this.#recent.push({ at: Date.parse(record.processedAt), subscriber });
    }
    this.#readUntil = new Date(start - LATE_MS).toISOString();
    this.#scanAfter = Date.now() + (Date.now() - start) * (1 / SCAN_SHARE - 1);
  }

  async #readCircuits(): Promise<Snapshot['openCircuits']> {
    const client = this.deployment.clients.of(DynamoDBClient);
    const found = await Promise.all(
      this.deployment.services.map(async ({ service, tables }) => {
        const { dependencies } = tables;
        if (dependencies === undefined) return [];
        const open: { service: string; dependency: string }[] = [];
        for await (const { Items = [] } of paginateScan({ client }, { TableName: dependencies })) {
          for (const item of Items.map((each) => unmarshall(each))) {
            const [kind, dependency = ''] = String(item.dependency).split('#');
            if (kind === 'circuit' && item.state === 'open') open.push({ service, dependency });
          }
        }
        return open;
      }),
    );
    return found.flat();
  }
}
