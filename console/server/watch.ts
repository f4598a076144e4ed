import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { messageOf } from '../../cli/failure';
import { inParallel } from '../../cli/parallel';
import type { Deployment } from '../../deployed/discover';
import { functionOf, listMappings } from '../../deployed/mappings';
import { readOutbox } from '../../lambdas/runtime/events/outbox';
import { eventsOfFlow, lateness, newestEvents, newestPages, type TimedEvent } from '../../observe/journal';
import { readRecords } from '../../observe/records';
import { queueState } from '../../ops/dead-letters/message-queue';
import { type DeadLetterQueue, deadLetterQueues } from '../../ops/dead-letters/queues';
import type { LiveQueue, Snapshot } from '../api';
import { FlowIndex } from './flow-index';
import { LoadHistory } from './load-history';
import { ProcessingRates } from './processing-rates';

const EVERY_MS = 1_000;
/** Reading the journal and the records may take this part of the time at most. */
const READ_SHARE = 0.3;
/** Events that are read from the journal although they are older than the console: those of the newest flows. */
const OLD_EVENTS = 30_000;
/** Receipts to look for in one reading: 15 calls. */
const RECEIPTS = 1_500;
/** Flows of which an event is missing to read in one reading. */
const FLOWS = 10;
/** Most receipts of events this old exist, so the events are not pending before somebody has looked. */
const OLD_MS = 15_000;

/** Watches a deployed system while a browser is connected. */
export class Watch {
  readonly flows: FlowIndex;
  snapshot: Snapshot | undefined;
  readonly #history = new LoadHistory();
  readonly #rates: ProcessingRates;
  #readAfter = 0;
  #readUntil: Date | undefined;
  #older: AsyncGenerator<TimedEvent[]> | undefined;
  /** Old events that are not read yet, at most. */
  #unread = 0;
  /** When the newest known event reached the journal. */
  #newest: string | undefined;
  #looking: Promise<Snapshot> | undefined;

  constructor(private readonly deployment: Deployment) {
    this.#rates = new ProcessingRates(deployment.journal?.windowSeconds ?? 0);
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
      const [queues, openCircuits] = await Promise.all([this.#readQueues(), this.#readCircuits(), this.#readFlows()]);
      const depth = queues.reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
      const inFlight = queues.reduce((sum, one) => sum + one.inFlight, 0);
      this.#history.add({ depth, inFlight }, at.getTime());
      const timed = this.#addTimes(queues, at);
      const flows = this.flows.counts(at);
      this.snapshot = {
        at: at.toISOString(),
        queues: timed,
        openCircuits,
        flows,
        load: this.#history.points(at.getTime()),
      };
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
    const oldest = this.flows.oldest(now);
    const rates = this.#rates.at(now.getTime());
    return queues.map((queue) => {
      const oldestSeconds = oldest.get(queue.name);
      const rate = rates.get(queue.name) ?? 0;
      return { ...queue, rate, ...(oldestSeconds !== undefined && { oldestSeconds }) };
    });
  }

  /** Reads new events of the journal and missing receipts, unless reading took too long the last time. */
  async #readFlows(): Promise<void> {
    const start = new Date();
    const { journal } = this.deployment;
    if (journal === undefined || start.getTime() < this.#readAfter) return;
    const since = this.#readUntil;
    const newer = since ? await newestEvents(this.deployment, { since }) : [];
    const older = await this.#readOlder(start);
    for (const event of [...newer, ...older])
      if (
        this.flows.add(event, start.getTime() - Date.parse(event.occurredAt) > OLD_MS + journal.windowSeconds * 1_000)
      )
        this.#history.count('arrived', Date.parse(event.occurredAt));
    await this.#readReceipts(start);
    await inParallel(FLOWS, this.flows.nextIncomplete(FLOWS), async (correlationId) => {
      for (const event of await eventsOfFlow(this.deployment, correlationId)) this.flows.add(event);
    });
    // While the journal is behind, what it writes next is older than now.
    const newest = newer[0]?.at ?? this.#newest ?? older[0]?.at;
    this.#newest = newest;
    this.#readUntil = new Date(
      Math.min(start.getTime(), Date.parse(newest ?? start.toISOString())) - lateness(journal),
    );
    this.#readAfter = Date.now() + (Date.now() - start.getTime()) * (1 / READ_SHARE - 1);
  }

  /** Reads the next page of old events: one in each reading, so that the newest flows are shown before the others are read. */
  async #readOlder(start: Date): Promise<readonly TimedEvent[]> {
    if (this.#older === undefined) {
      this.#older = newestPages(this.deployment, { until: start });
      this.#unread = OLD_EVENTS;
    }
    if (this.#unread <= 0) return [];
    try {
      const { value, done } = await this.#older.next();
      const events = done ? [] : value;
      this.#unread = done ? 0 : this.#unread - events.length;
      return events;
    } catch (error) {
      // A generator that has thrown is at its end.
      this.#older = undefined;
      throw error;
    }
  }

  async #readReceipts(now: Date): Promise<void> {
    const wanted = this.flows.nextPending(RECEIPTS, now);
    const keys = wanted.map(({ subscriber: consumer, event }) => ({ consumer, causeId: event.id, event }));
    const records = await readRecords(this.deployment, keys);
    this.flows.looked(wanted);
    for (const [key, record] of records) {
      const emitted = readOutbox(record).events.map(({ detail }) => detail.metadata);
      const inFlow = emitted.filter((one) => one.correlationId === record.correlationId).map(({ id }) => id);
      if (!this.flows.addReceipt(key, record.processedAt, inFlow)) continue;
      const at = Date.parse(record.processedAt);
      this.#history.count('processed', at);
      this.#rates.count(key.slice(0, key.indexOf('#')), at);
    }
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
