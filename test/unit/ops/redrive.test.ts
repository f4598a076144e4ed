import type { Message } from '@aws-sdk/client-sqs';
import { Lifetime } from '../../../cli/lifetime';
import { noProgress } from '../../../cli/progress';
import type { Context } from '../../../ops/command';
import type { DeadLetterQueue } from '../../../ops/dead-letters/queues';
import { redrive } from '../../../ops/dead-letters/redrive';

const NOW = new Date('2026-01-31T12:00:00Z');
const queue: DeadLetterQueue = {
  name: 'inventory.reserve-stock',
  url: 'dead',
  of: 'subscription',
  service: 'inventory',
  source: 'work',
};
const options = { filter: {}, perSecond: 1_000, dryRun: false, contracts: [] };

interface Entry {
  readonly Id: string;
  readonly MessageBody?: string;
  readonly ReceiptHandle?: string;
}

/** Two queues, `dead` and `work`, and their faults. */
class World {
  dead: Message[];
  readonly work: string[] = [];
  readonly hidden = new Set<string>();
  /** Bodies that the work queue refuses. */
  refused: readonly string[] = [];
  /** Whether deleting fails, as after a crash. */
  crashes = false;

  constructor(bodies: readonly string[]) {
    const MessageAttributes = { reason: { DataType: 'String', StringValue: 'rejected' } };
    const Attributes = { SentTimestamp: String(NOW.getTime() - 1_000) };
    this.dead = bodies.map((Body) => ({ MessageId: Body, ReceiptHandle: Body, Body, MessageAttributes, Attributes }));
  }

  get context(): Context {
    const answer = (command: { constructor: { name: string }; input: { Entries?: readonly Entry[] } }) =>
      this.answer(command.constructor.name, command.input.Entries ?? []);
    const clients = { sqs: { send: async (command: Parameters<typeof answer>[0]) => answer(command) } };
    const common = { progress: noProgress, lifetime: new Lifetime(), now: () => NOW, note: () => {} };
    return { ...common, clients } as unknown as Context;
  }

  private answer(command: string, entries: readonly Entry[]): object {
    switch (command) {
      case 'GetQueueAttributesCommand':
        return { Attributes: { ApproximateNumberOfMessages: String(this.dead.length) } };
      case 'StartMessageMoveTaskCommand':
        throw Object.assign(new Error('unknown'), { name: 'InvalidAction' });
      case 'ReceiveMessageCommand': {
        const visible = this.dead.filter(({ Body = '' }) => !this.hidden.has(Body)).slice(0, 10);
        for (const { Body = '' } of visible) this.hidden.add(Body);
        return { Messages: visible };
      }
      case 'ChangeMessageVisibilityBatchCommand':
        for (const { ReceiptHandle = '' } of entries) this.hidden.delete(ReceiptHandle);
        return {};
      case 'SendMessageBatchCommand': {
        const isRefused = ({ MessageBody = '' }: Entry) => this.refused.includes(MessageBody);
        this.work.push(...entries.filter((entry) => !isRefused(entry)).map(({ MessageBody = '' }) => MessageBody));
        return { Failed: entries.filter(isRefused).map(({ Id }) => ({ Id, Code: 'InternalError', Message: 'no' })) };
      }
      case 'DeleteMessageBatchCommand': {
        if (this.crashes) throw new Error('crash');
        const gone = entries.map(({ ReceiptHandle }) => ReceiptHandle);
        this.dead = this.dead.filter(({ ReceiptHandle }) => !gone.includes(ReceiptHandle));
        for (const { ReceiptHandle = '' } of entries) this.hidden.delete(ReceiptHandle);
        return {};
      }
      default:
        throw new Error(`Unexpected call: ${command}.`);
    }
  }
}

const bodies = Array.from({ length: 23 }, (_, index) => `message ${index}`);

describe('a redrive', () => {
  it('sends every dead letter to its queue once', async () => {
    const world = new World(bodies);
    expect(await redrive(queue, options, world.context)).toMatchObject({ by: 'copying', redriven: 23, kept: {} });
    expect(world.work.sort()).toEqual([...bodies].sort());
    expect(world.dead).toEqual([]);
  });

  it('loses nothing when it crashes between sending and deleting', async () => {
    const world = new World(bodies);
    world.crashes = true;
    await expect(redrive(queue, options, world.context)).rejects.toThrow('crash');
    expect(world.dead).toHaveLength(23);
    expect(world.hidden.size).toBe(0);

    world.crashes = false;
    await redrive(queue, options, world.context);
    expect(new Set(world.work)).toEqual(new Set(bodies));
    expect(world.dead).toEqual([]);
  });

  it('keeps the dead letters that the queue refuses, with the reason', async () => {
    const world = new World(bodies);
    world.refused = ['message 3', 'message 14'];
    const result = await redrive(queue, options, world.context);
    expect(result).toMatchObject({ redriven: 21, kept: { 'InternalError: no': 2 } });
    expect(world.dead.map(({ Body }) => Body)).toEqual(['message 3', 'message 14']);
    expect(world.hidden.size).toBe(0);
  });

  it('changes nothing in a dry run', async () => {
    const world = new World(bodies);
    expect(await redrive(queue, { ...options, dryRun: true }, world.context)).toMatchObject({ redriven: 23 });
    expect(world.work).toEqual([]);
    expect(world.dead).toHaveLength(23);
    expect(world.hidden.size).toBe(0);
  });

  it('does not send dead letters that the filter excludes', async () => {
    const world = new World(bodies);
    await redrive(queue, { ...options, filter: { reasons: ['expired'] } }, world.context);
    expect(world.work).toEqual([]);
    expect(world.dead).toHaveLength(23);
  });
});
