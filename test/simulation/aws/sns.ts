import { PublishBatchCommand } from '@aws-sdk/client-sns';
import {
  channelLimits,
  messageBytes,
  NAME_ATTRIBUTE,
  type StringAttribute,
} from '../../../lambdas/runtime/publish/sizes';
import { ServiceError } from './service-error';

const MOST_ENTRIES = 10;

/** SNS: `PublishBatch`, delivered as raw messages to the subscriptions whose filter matches the name. */
export class SimulatedSns {
  /** @param deliver delivers a message to the topic's subscribers */
  constructor(private readonly deliver: (topic: string, name: string, body: string, group?: string) => void) {}

  execute(command: object): object {
    if (!(command instanceof PublishBatchCommand)) {
      throw new Error(`The simulated SNS has no ${command.constructor.name}.`);
    }
    const { TopicArn = '', PublishBatchRequestEntries: entries = [] } = command.input;
    const messages = entries.map(({ Message = '', MessageAttributes = {}, MessageGroupId: group }) => {
      return { body: Message, group, attributes: MessageAttributes as Readonly<Record<string, StringAttribute>> };
    });
    const bytes = messages.reduce((sum, { body, attributes }) => sum + messageBytes(body, attributes), 0);
    if (entries.length === 0 || entries.length > MOST_ENTRIES || bytes > channelLimits.topic) {
      throw new ServiceError(
        'BatchRequestTooLong',
        `${entries.length} messages with ${bytes} bytes are no valid call.`,
      );
    }
    for (const { body, group, attributes } of messages) {
      this.deliver(TopicArn, attributes[NAME_ATTRIBUTE]?.StringValue ?? '', body, group);
    }
    return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
  }
}
