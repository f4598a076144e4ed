import { randomUUID } from 'node:crypto';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Failure } from '../../../cli/failure';
import { Lifetime } from '../../../cli/lifetime';
import { noProgress } from '../../../cli/progress';
import { toMessageAttributes } from '../../../lambdas/runtime/aws/message-attributes';
import { execute } from '../../../ops/cli';
import { readCommandLine } from '../../../ops/command-line';
import { loadCommands } from '../../../ops/extension';
import { stageUnderTest } from '../../../test/stage/stage';
import { placeOrder } from '../../order-client';
import { readSnapshot } from '../../snapshot';
import { type Deployed, until, untilIdle, untilOver } from './deployed';
import { send, subscriptionOf } from './messages';
import { emitted } from './stored';

/** The JSON output of a command, and the message of its failure. */
interface Operated<Json> {
  readonly json: Json;
  readonly failure?: string;
}

/** Runs a command of `npm run ops` in this process. */
async function operate<Json>({ deployment }: Deployed, ...argv: string[]): Promise<Operated<Json>> {
  const { stage, region } = stageUnderTest() ?? {};
  const target = [...(stage ? ['--stage', stage] : []), ...(region ? ['--region', region] : [])];
  const line = readCommandLine([...argv, ...target, '--json'], await loadCommands());
  if (typeof line === 'string') throw new Error(`${argv.join(' ')} prints its help instead of a result.`);
  const printed: string[] = [];
  const terminal = {
    out: (text: string) => void printed.push(text),
    note: () => {},
    progress: noProgress,
    confirm: async () => undefined,
  };
  if (deployment.endpoint !== undefined) process.env.AWS_ENDPOINT_URL = deployment.endpoint;
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

/** The consumer whose dead letters the tests use. */
export const CONSUMER = 'inventory.reserve-stock';

interface Listed {
  readonly queues: readonly {
    readonly reasons: readonly { readonly reason: string; readonly count: number }[];
  }[];
}

/** Returns the common steps of the tests of operators' commands. */
export function operatorOf(deployed: () => Deployed) {
  const place = () =>
    placeOrder(deployed().url, { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] }, randomUUID());
  const ops = <Json>(...argv: string[]) => operate<Json>(deployed(), ...argv);
  const queueOf = (consumer: string) => subscriptionOf(deployed(), consumer);
  const poison = async (count: number, mark: string) => {
    const bodies = Array.from({ length: count }, (_, index) => `not JSON ${mark} ${index}`);
    await send(deployed(), queueOf(CONSUMER).queue, bodies);
  };
  /** Reason → the number of dead letters in a queue. */
  const reasons = async (queue: string) => {
    const { json } = await ops<Listed>('dlq', 'list', '--consumer', queue);
    return Object.fromEntries(json.queues.flatMap((one) => one.reasons).map(({ reason, count }) => [reason, count]));
  };
  const untilDead = (queue: string, expected: Record<string, number>) =>
    until(`${queue} has ${JSON.stringify(expected)}`, async () => {
      const found = await reasons(queue);
      return Object.entries(expected).every(([reason, count]) => found[reason] === count);
    });
  /** Deletes all dead letters. A command or a test that has just read some hides them for a moment. */
  const purge = () =>
    until('there are no dead letters', async () => {
      await ops('dlq', 'purge', '--yes');
      const { json } = await ops<{ queues: readonly { dead: number }[] }>('queues');
      return json.queues.every(({ dead }) => dead === 0);
    });
  /** Places an order and waits for its end. @returns also its `OrderCreated` */
  const endedOrder = async () => {
    const orderId = await place();
    await untilOver(deployed(), orderId);
    const [created] = await emitted(deployed(), 'orders', 'OrderCreated', orderId);
    if (created === undefined) throw new Error(`Order ${orderId} has no OrderCreated.`);
    return { orderId, created };
  };
  /** Returns everything that a second effect would change. */
  const stored = async () => {
    await untilIdle(deployed());
    const { stock, payments, shipments, reservations, orders } = await readSnapshot(deployed().deployment);
    const states = orders.map(({ orderId, status, facts }) => [orderId, status, Object.keys(facts).sort()]);
    const byText = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).sort();
    return [stock, payments, shipments, reservations, states].map(byText);
  };

  return { ops, place, queueOf, poison, reasons, untilDead, purge, endedOrder, stored };
}

/** Sends a message with attributes to a queue. */
export async function put(
  { deployment }: Deployed,
  queue: string,
  body: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  const client = deployment.clients.of(SQSClient);
  const MessageAttributes = toMessageAttributes(attributes, body);
  await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body, MessageAttributes }));
}

/** Receives and deletes all visible messages of a queue. */
export async function drain({ deployment }: Deployed, queue: string) {
  const client = deployment.clients.of(SQSClient);
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
  return taken;
}

/** Drains the queue of a stopped consumer until a message contains all texts. @returns that message */
export function take(deployed: Deployed, consumer: string, ...texts: readonly string[]) {
  const { queue } = subscriptionOf(deployed, consumer);
  return until(`${consumer} is sent ${texts.join(' and ')}`, async () =>
    (await drain(deployed, queue)).find(({ Body = '' }) => texts.every((text) => Body.includes(text))),
  );
}

/** Receives the messages of a queue repeatedly, until SQS moves them to the dead-letter queue. */
export async function receiveTooOften({ deployment }: Deployed, queue: string): Promise<void> {
  const client = deployment.clients.of(SQSClient);
  for (;;) {
    const again = new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
    const { Messages = [] } = await client.send(again);
    if (Messages.length === 0) break;
  }
}
