import { SQSClient } from '@aws-sdk/client-sqs';
import type { Deployment } from '../deployed/discover';
import type { SubscriptionManifest } from '../lib/broker/manifest';
import type { DeadLetter } from '../ops/dead-letters/dead-letter';
import { queueState } from '../ops/dead-letters/message-queue';
import { peekDeadLetters } from './dead-letters';
import { contractName, type ObservedEvent, type Receipt } from './flow';
import { type LogLine, readLogs } from './logs';
import { callsIn, type FoundRecord, recordId } from './records';

/** A subscription and its full name. */
export interface Subscriber extends SubscriptionManifest {
  /** `inventory.reserve-stock` */
  readonly consumer: string;
}

/** Returns the subscriptions to an event's contract. */
export function subscribersOf({ services }: Pick<Deployment, 'services'>, event: ObservedEvent): Subscriber[] {
  return services.flatMap(({ service, subscriptions }) =>
    subscriptions
      .filter(({ to }) => to.includes(contractName(event)))
      .map((one) => ({ ...one, consumer: `${service}.${one.name}` }))
      .filter(({ consumer }) => event.edited === undefined || event.edited.for === consumer),
  );
}

/** Returns the receipt of an event, without a further call. @param records by {@link recordId} */
export function receiptOf(
  event: ObservedEvent,
  { consumer }: Pick<Subscriber, 'consumer'>,
  records: ReadonlyMap<string, FoundRecord>,
  now: Date,
): Receipt {
  const record = records.get(recordId({ consumer, causeId: event.id }));
  if (record) return { subscriber: consumer, state: 'processed', at: record.processedAt, ...callsIn(record) };
  const isEarly = event.due !== undefined && Date.parse(event.due) > now.getTime();
  return { subscriber: consumer, state: isEarly ? 'scheduled' : 'pending' };
}

/** Explains pending receipts: by the dead-letter queues of their subscribers, and by the lines in their logs. */
export class Explanation {
  private readonly letters = new Map<string, Promise<DeadLetter[]>>();

  constructor(private readonly deployment: Pick<Deployment, 'services' | 'clients'>) {}

  async explain(event: ObservedEvent, subscriber: Subscriber, receipt: Receipt): Promise<Receipt> {
    if (receipt.state !== 'pending') return receipt;
    const letters = await this.deadLettersOf(subscriber);
    const dead = letters.find(({ eventId }) => eventId === event.id);
    if (dead) return toDead(receipt, dead);
    const lines = await readLogs(this.deployment, {
      of: subscriber.consumer,
      containing: event.id,
      since: new Date(event.due ?? event.occurredAt),
    });
    const last = lines.findLast(({ message }) => /^(retried|deferred|parked)$/.test(message));
    return last?.message === 'parked' ? this.toParked(receipt, last, subscriber, letters) : toAttempted(receipt, last);
  }

  /** A parked message that cannot be read was redriven, unless another reader hides it for the moment. */
  private async toParked(
    receipt: Receipt,
    { at, fields }: LogLine,
    { deadLetterQueue }: Subscriber,
    letters: readonly DeadLetter[],
  ): Promise<Receipt> {
    const { waiting, inFlight } = await queueState(this.deployment.clients.of(SQSClient), deadLetterQueue);
    if (waiting + inFlight <= letters.length) return receipt;
    const error = typeof fields.error === 'string' ? fields.error : undefined;
    return { ...receipt, state: 'dead', at, reason: 'parked', ...(error !== undefined && { error }) };
  }

  private deadLettersOf({ consumer: name, deadLetterQueue: url }: Subscriber): Promise<DeadLetter[]> {
    const known = this.letters.get(url) ?? peekDeadLetters(this.deployment, { name, url });
    this.letters.set(url, known);
    return known;
  }
}

function toDead(receipt: Receipt, { reason, error, since, message }: DeadLetter): Receipt {
  return { ...receipt, state: 'dead', at: since.toISOString(), reason, error, messageId: message.MessageId };
}

function toAttempted(receipt: Receipt, line: LogLine | undefined): Receipt {
  if (line === undefined) return receipt;
  const { attempt, error } = line.fields;
  return {
    ...receipt,
    state: line.message === 'retried' ? 'retrying' : 'deferred',
    at: line.at,
    ...(typeof attempt === 'number' && { attempt }),
    ...(typeof error === 'string' && { error }),
  };
}
