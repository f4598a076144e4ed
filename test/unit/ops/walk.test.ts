import { Lifetime } from '../../../cli/lifetime';
import { classify, type DeadLetter } from '../../../ops/dead-letters/dead-letter';
import { walk } from '../../../ops/dead-letters/walk';
import { MemoryQueue } from './memory-queue';

const START = new Date('2026-01-31T12:00:00Z');
const BEFORE = new Date(START.getTime() - 1_000);
const AFTER = new Date(START.getTime() + 1_000);

function filled(count: number): MemoryQueue {
  const queue = new MemoryQueue();
  for (let index = 0; index < count; index++) queue.put(`message-${index}`, BEFORE);
  return queue;
}

function walkThrough(
  queue: MemoryQueue,
  visit: (deadLetters: readonly DeadLetter[]) => Promise<readonly DeadLetter[]>,
  { lifetime = new Lifetime(), limit }: { lifetime?: Lifetime; limit?: number } = {},
) {
  const classifyMessage = (message: DeadLetter['message']) => classify(message, { name: 'a.b', of: 'subscription' });
  return walk({ queue, classify: classifyMessage, startedAt: START, lifetime, limit }, visit);
}

describe('a walk through a dead-letter queue', () => {
  it('visits every dead letter once and leaves all of them visible', async () => {
    const queue = filled(25);
    const seen: string[] = [];
    await walkThrough(queue, async (deadLetters) => {
      seen.push(...deadLetters.map(({ message }) => message.MessageId ?? ''));
      return [];
    });
    expect(seen.sort()).toEqual(queue.messages.map(({ MessageId }) => MessageId).sort());
    expect(queue.hidden.size).toBe(0);
  });

  it('ends even if every redriven message fails again', async () => {
    const queue = filled(25);
    let visited = 0;
    await walkThrough(queue, async (deadLetters) => {
      visited += deadLetters.length;
      await queue.remove(deadLetters.map(({ message }) => message));
      for (const { message } of deadLetters) queue.put(`${message.MessageId} again`, AFTER);
      return deadLetters;
    });
    expect(visited).toBe(25);
    expect(queue.messages).toHaveLength(25);
    expect(queue.hidden.size).toBe(0);
  });

  it('ends even if new dead letters arrive faster than it reads', async () => {
    const queue = filled(5);
    const receive = queue.receive.bind(queue);
    queue.receive = async () => {
      for (let index = 0; index < 20; index++) queue.put(`new-${queue.receives}-${index}`, AFTER);
      return receive();
    };
    let visited = 0;
    await walkThrough(queue, async (deadLetters) => {
      visited += deadLetters.length;
      return [];
    });
    expect(visited).toBe(5);
    expect(queue.hidden.size).toBe(0);
  });

  it('releases all messages when it fails', async () => {
    const queue = filled(5);
    await expect(walkThrough(queue, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(queue.hidden.size).toBe(0);
  });

  it('releases all messages when it is interrupted', async () => {
    const queue = filled(30);
    const lifetime = new Lifetime();
    await walkThrough(
      queue,
      async () => {
        await lifetime.end();
        return [];
      },
      { lifetime },
    );
    expect(queue.receives).toBe(1);
    expect(queue.hidden.size).toBe(0);
  });

  it('visits at most as many dead letters as its limit', async () => {
    const queue = filled(25);
    let visited = 0;
    await walkThrough(
      queue,
      async (deadLetters) => {
        visited += deadLetters.length;
        return [];
      },
      { limit: 12 },
    );
    expect(visited).toBe(12);
    expect(queue.hidden.size).toBe(0);
  });
});
