import { randomUUID } from 'node:crypto';
import { UsageError } from '../../cli/failure';
import type { EventContract } from '../../contracts/core/contract';
import { errorText } from '../../lambdas/runtime/errors';
import { toJson } from '../../lambdas/runtime/events/bus-event';
import { contractOf, type Event, parseEnvelope, validateEvent } from '../../lambdas/runtime/events/envelope';
import type { Edited } from '../../lambdas/runtime/journal/entry';
import type { Context } from '../command';
import { classify } from './dead-letter';
import { sqsQueue } from './message-queue';
import type { DeadLetterQueue } from './queues';
import { walk } from './walk';

/** The dead letter to replace, and its new body. */
export interface Edit {
  readonly messageId: string;
  /** The version of the contract that the new data has. */
  readonly version: number;
  /** Returns the new data. */
  readonly edit: (data: unknown) => unknown;
  /** The ARN of the operator. */
  readonly by: string;
}

/**
 * Sends an edited copy of a dead letter to its consumer, and deletes the dead letter. The copy has a new event id, so that it is no
 * duplicate, and says of which event it is a copy. Other subscribers do not receive it. The journal records it.
 *
 * @returns the id of the new event
 * @throws UsageError when the dead letter is gone, is no event of a consumer, or the data breaks the contract
 */
export async function redriveEdited(
  queue: DeadLetterQueue,
  edit: Edit,
  contracts: readonly EventContract[],
  context: Context,
): Promise<string> {
  const { clients, deployment, lifetime } = context;
  const { source: target, name } = queue;
  if (target === undefined || queue.service === undefined)
    throw new UsageError(
      `${name} has no consumer that an edited event could be sent to: redrive its dead letters unchanged.`,
    );
  const dead = sqsQueue(clients.sqs, queue.url);
  let sent: string | undefined;
  await walk(
    { queue: dead, classify: (message) => classify(message, queue), startedAt: context.now(), lifetime },
    async (received) => {
      const chosen = received.find(({ message }) => message.MessageId === edit.messageId);
      if (chosen === undefined || sent !== undefined) return [];
      const { id, body } = editedCopy(chosen.message.Body ?? '', { ...edit, for: name }, contracts);
      for (const url of [target, ...(deployment.journal ? [deployment.journal.queue] : [])]) {
        const refused = await sqsQueue(clients.sqs, url).send([body]);
        if (refused.size > 0) throw new UsageError(`SQS did not accept the edited event: ${refused.get(0)}.`);
      }
      sent = id;
      await dead.remove([chosen.message]);
      return [chosen];
    },
  );
  if (sent === undefined) throw new UsageError(`${name} has no dead letter ${edit.messageId} any more.`);
  return sent;
}

/** The prefix of the ids of events that operators send. No service has emitted them. */
const OPERATOR = 'operator-';

/** Returns the edited copy of a message body. @throws UsageError */
export function editedCopy(
  body: string,
  { version, edit, by, for: consumer }: Omit<Edit, 'messageId'> & { readonly for: string },
  contracts: readonly EventContract[],
): { readonly id: string; readonly body: string } {
  const { metadata, ...event } = readEvent(body);
  const id = `${OPERATOR}${randomUUID()}`;
  const data = edit(event.data);
  const copy = { ...event, metadata: { ...metadata, id, version, causationId: metadata.id }, data };
  try {
    validateEvent(copy, contractOf(copy, contracts));
  } catch (error) {
    throw new UsageError(errorText(error));
  }
  const edited: Edited = { of: metadata.id, for: consumer, by };
  const { detail, ...envelope } = JSON.parse(body) as { detail: object };
  return { id, body: toJson({ ...envelope, detail: { ...detail, metadata: copy.metadata, data, edited } }) };
}

function readEvent(body: string): Event {
  try {
    return parseEnvelope(body);
  } catch (error) {
    throw new UsageError(`Only an event can be edited. ${errorText(error)}`);
  }
}
