import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { toMessageAttributes } from '../../lambdas/runtime/message-attributes';
import { clientSettings } from '../../local/environment';
import { Failure } from '../../local/failure';
import { Lifetime } from '../../local/lifetime';
import { noProgress } from '../../local/progress';
import { execute } from '../../ops/cli';
import { commands } from '../../ops/commands';
import { readLine } from '../../ops/usage';
import type { Deployed } from './deployed';

/** What a command printed as JSON, and why it failed if it did. */
export interface Operated<Json> {
  readonly json: Json;
  readonly failure?: string;
}

/** Runs a command of `npm run ops` in this process. */
export async function operate<Json>({ deployment }: Deployed, ...argv: string[]): Promise<Operated<Json>> {
  const line = readLine([...argv, '--json'], commands);
  if (typeof line === 'string') throw new Error(`There is no result of ${argv.join(' ')}: it asks for help.`);
  const printed: string[] = [];
  const terminal = {
    out: (text: string) => void printed.push(text),
    note: () => {},
    progress: noProgress,
    confirm: async () => undefined,
  };
  process.env.AWS_ENDPOINT_URL = deployment.endpoint;
  const failure = await execute(line, terminal, new Lifetime()).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Failure) return error.message;
      throw error;
    },
  );
  if (printed.length === 0 && failure !== undefined) throw new Error(failure);
  return { json: JSON.parse(printed.join('\n')) as Json, ...(failure !== undefined && { failure }) };
}

/** Puts a message with attributes into a queue. */
export async function put(
  { deployment }: Deployed,
  queue: string,
  body: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  const client = new SQSClient(clientSettings(deployment.endpoint));
  const MessageAttributes = toMessageAttributes(attributes);
  await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body, MessageAttributes }));
  client.destroy();
}

/** Takes all visible messages out of a queue. */
export async function drain({ deployment }: Deployed, queue: string) {
  const client = new SQSClient(clientSettings(deployment.endpoint));
  const taken = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) break;
    for (const message of Messages) {
      await client.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message.ReceiptHandle }));
      taken.push(message);
    }
  }
  client.destroy();
  return taken;
}

/** Receives a queue's messages again and again, until SQS has moved them to the dead-letter queue. */
export async function receiveTooOften({ deployment }: Deployed, queue: string): Promise<void> {
  const client = new SQSClient(clientSettings(deployment.endpoint));
  for (;;) {
    const again = new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
    const { Messages = [] } = await client.send(again);
    if (Messages.length === 0) break;
  }
  client.destroy();
}
