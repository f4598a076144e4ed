import type { SQSRecord } from 'aws-lambda';
import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { degradation } from '../../../lambdas/runtime/adapters/degradation';
import { rateLimit } from '../../../lambdas/runtime/adapters/rate-limit';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import type { Adapter } from '../../../lambdas/runtime/delivery';
import { DependencyError } from '../../../lambdas/runtime/errors';
import { Answered, Asked, asked } from '../../support/batch-world';
import { AdapterWorld, type Instance } from './adapter-world';
import { BankLost, BankRegained, events } from './bank-world';

const charge = defineService('answerer').subscription('answer', {
  to: [Asked],
  emits: [Answered, BankLost, BankRegained],
  dependencies: ['bank'],
});

/** Simulates a queue with three function instances that call a bank, which is down at first. */
class OutageWorld extends AdapterWorld {
  readonly calls: number[] = [];
  readonly charged = new Set<string>();
  private queue: { message: SQSRecord; visibleAt: number }[] = [];
  private readonly start = this.now;
  private readonly functions: Instance[];
  private readonly handler;
  private seed = 1;

  constructor(
    adapters: readonly Adapter[],
    private readonly downSeconds: number,
    private readonly attempts = 8,
  ) {
    super();
    this.handler = consume(
      charge,
      ({ id }) => {
        this.calls.push(this.now);
        if (this.seconds() < this.downSeconds) throw new DependencyError('bank', 'it is closed');
        this.charged.add(id);
      },
      adapters,
    );
    const again = (message: SQSRecord, seconds: number, receives: number, attemptsBefore?: string) => {
      const { id } = JSON.parse(message.body).detail.data;
      this.send(id, this.now + seconds * 1_000, receives, Number(attemptsBefore ?? before(message)));
    };
    this.functions = [1, 2, 3].map(() =>
      this.instance(
        {},
        {
          defer: async (message, seconds, { attemptsBefore }) => again(message, seconds, 1, attemptsBefore),
          delay: async (messages) => {
            for (const { message, seconds } of messages) again(message, seconds, receivesOf(message) + 1);
          },
        },
      ),
    );
  }

  send(id: string, visibleAt: number, receives = 1, attemptsBefore = 0): void {
    this.queue.push({ message: asked(id, { receives, attemptsBefore }), visibleAt });
  }

  /** Runs batches until the queue is empty. @returns the duration in seconds */
  async drain(): Promise<number> {
    while (this.queue.length > 0) {
      this.now = Math.max(this.now, Math.min(...this.queue.map(({ visibleAt }) => visibleAt)));
      const due = this.queue.filter(({ visibleAt }) => visibleAt <= this.now).slice(0, 10);
      this.queue = this.queue.filter((one) => !due.includes(one));
      const batch = due.map(({ message }) => message);
      await this.run(this.handler, batch, this.functions[this.calls.length % 3], this.attempts);
    }
    return this.seconds();
  }

  override instance(...given: Parameters<AdapterWorld['instance']>): Instance {
    return { ...super.instance(...given), random: () => this.next() };
  }

  private seconds(): number {
    return (this.now - this.start) / 1_000;
  }

  /** Returns a pseudo-random number, the same sequence in each run. */
  private next(): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed / 2_147_483_647;
  }
}

function receivesOf({ attributes }: SQSRecord): number {
  return Number(attributes.ApproximateReceiveCount);
}

function before({ messageAttributes }: SQSRecord): string {
  return messageAttributes.attemptsBefore?.stringValue ?? '0';
}

const DOWN = 10 * 60;
const protection = () => [circuitBreaker('bank', { events }), rateLimit('bank', { unitsPerSecond: 10 })];

test('calls a dependency rarely while it is down for ten minutes, parks no message, and drains the backlog', async () => {
  const world = new OutageWorld(protection(), DOWN);
  for (let index = 0; index < 600; index++) world.send(`order-${index}`, world.now + index * 1_000);
  const took = await world.drain();
  expect(world.charged.size).toBe(600);
  expect(world.parked).toEqual([]);
  const failedCalls = world.calls.length - 600;
  expect(failedCalls).toBeLessThan(30);
  expect(took).toBeLessThan(DOWN + 8 * 60);
  expect(world.published().map(({ name }) => name)).toEqual(['BankLost', 'BankRegained']);
});

test('processes a single message after an outage of ten minutes', async () => {
  const world = new OutageWorld(protection(), DOWN);
  world.send('order-1', world.now);
  const took = await world.drain();
  expect([...world.charged]).toEqual(['order-1']);
  expect(took).toBeLessThan(DOWN + 10 * 60);
});

test('runs the fallback and the real work of each message once with degradation', async () => {
  const fallback = degradation<typeof Asked>(({ id }, work) => work.emit(Answered, { id }));
  const world = new OutageWorld([fallback, ...protection()], DOWN);
  for (let index = 0; index < 100; index++) world.send(`order-${index}`, world.now + index * 1_000);
  await world.drain();
  const reported = world.published().filter(({ name }) => name === 'Answered');
  expect(reported).toHaveLength(100);
  expect(world.charged.size).toBe(100);
  expect(world.parked).toEqual([]);
});

test('parks the messages of such an outage without adapters', async () => {
  const world = new OutageWorld([], DOWN);
  for (let index = 0; index < 20; index++) world.send(`order-${index}`, world.now);
  await world.drain();
  expect(world.parked).toHaveLength(20);
});
