import {
  ChangeMessageVisibilityBatchCommand,
  type MessageAttributeValue,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import {
  channelLimits,
  isMessageGroup,
  MAX_DELAY_SECONDS,
  messageBytes,
  type StringAttribute,
} from '../../../lambdas/runtime/publish/sizes';
import { ServiceError } from './service-error';

/** A message as it is sent. */
export interface SentMessage {
  readonly queue: string;
  readonly body: string;
  readonly delaySeconds: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly group?: string;
}

/** Simulates SQS for the queues of a world. */
export interface Queues {
  send(message: SentMessage): void;
  changeVisibility(queue: string, receiptHandle: string, seconds: number): void;
}

interface Entry {
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: Record<string, MessageAttributeValue>;
  readonly MessageGroupId?: string;
}

const MOST_ENTRIES = 10;
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** SQS: the calls that functions make, with its rules for messages. */
export class SimulatedSqs {
  constructor(private readonly queues: Queues) {}

  execute(command: object): object {
    if (command instanceof SendMessageCommand) return this.send(command.input.QueueUrl, command.input);
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      require(Entries.length > 0 && Entries.length <= MOST_ENTRIES, 'TooManyEntriesInBatchRequest');
      for (const entry of Entries) this.send(QueueUrl, entry);
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const { QueueUrl = '', Entries = [] } = command.input;
      require(Entries.length > 0 && Entries.length <= MOST_ENTRIES, 'TooManyEntriesInBatchRequest');
      for (const { ReceiptHandle = '', VisibilityTimeout = 0 } of Entries) {
        this.queues.changeVisibility(QueueUrl, ReceiptHandle, VisibilityTimeout);
      }
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    }
    throw new Error(`The simulated SQS has no ${command.constructor.name}.`);
  }

  private send(queue = '', entry: Entry): object {
    const { MessageBody: body = '', DelaySeconds = 0, MessageAttributes = {}, MessageGroupId: group } = entry;
    require(group === undefined || isMessageGroup(group), 'InvalidParameterValue');
    require(body !== '' && !FORBIDDEN.test(body), 'InvalidMessageContents');
    require(Number.isInteger(DelaySeconds) &&
      DelaySeconds >= 0 &&
      DelaySeconds <= MAX_DELAY_SECONDS, 'InvalidParameterValue');
    const attributes = MessageAttributes as Readonly<Record<string, StringAttribute>>;
    require(messageBytes(body, attributes) <= channelLimits.queue, 'InvalidParameterValue');
    const texts = Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue] as const);
    require(texts.every(([, text]) => text !== '' && !FORBIDDEN.test(text)), 'InvalidParameterValue');
    this.queues.send({
      queue,
      body,
      delaySeconds: DelaySeconds,
      attributes: Object.fromEntries(texts),
      ...(group !== undefined && { group }),
    });
    return {};
  }
}

function require(holds: boolean, code: string): void {
  if (!holds) throw new ServiceError(code, 'The simulated SQS refuses the call.');
}
