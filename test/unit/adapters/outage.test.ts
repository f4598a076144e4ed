import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { degradation } from '../../../lambdas/runtime/adapters/degradation';
import { rateLimit } from '../../../lambdas/runtime/adapters/rate-limit';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import type { Adapter } from '../../../lambdas/runtime/delivery';
import { DependencyError } from '../../../lambdas/runtime/errors';
import { Answered, Asked, asked } from '../../support/batch-world';
import { AdapterWorld, type Instance } from './adapter-world';

const schema = z.object({ dependency: z.string() });
const BankLost = defineEvent({ name: 'BankLost', owner: 'answerer', version: 1, schema });
const BankRegained = defineEvent({ name: 'BankRegained', owner: 'answerer', version: 1, schema });

const charge = defineService('answerer').subscription('answer', {
  to: [Asked],
  emits: [Answered, BankLost, BankRegained],
  dependencies: ['bank'],
});

/** A queue in front of several function instances, which calls a bank that is down for a while. */
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

  /** Until the queue is empty. @returns how many seconds it took */
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

  /** Chance, the same at each run. */
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
const events = { opened: BankLost, closed: BankRegained };
const protection = () => [circuitBreaker('bank', { events }), rateLimit('bank', { unitsPerSecond: 10 })];

test('a dependency that is down for ten minutes is left alone, nothing dies, and the backlog drains', async () => {
  const world = new OutageWorld(protection(), DOWN);
  for (let index = 0; index < 600; index++) world.send(`order-${index}`, world.now + index * 1_000);
  const took = await world.drain();
  expect(world.charged.size).toBe(600);
  expect(world.parked).toEqual([]);
  const inVain = world.calls.length - 600;
  expect(inVain).toBeLessThan(30);
  expect(took).toBeLessThan(DOWN + 8 * 60);
  expect(world.published().map(({ name }) => name)).toEqual(['BankLost', 'BankRegained']);
});

test('a single message survives ten minutes, too', async () => {
  const world = new OutageWorld(protection(), DOWN);
  world.send('order-1', world.now);
  const took = await world.drain();
  expect([...world.charged]).toEqual(['order-1']);
  expect(took).toBeLessThan(DOWN + 10 * 60);
});

test('with degradation every customer is told once, and charged once', async () => {
  const tell = degradation<typeof Asked>(({ id }, work) => work.emit(Answered, { id }));
  const world = new OutageWorld([tell, ...protection()], DOWN);
  for (let index = 0; index < 100; index++) world.send(`order-${index}`, world.now + index * 1_000);
  await world.drain();
  const told = world.published().filter(({ name }) => name === 'Answered');
  expect(told).toHaveLength(100);
  expect(world.charged.size).toBe(100);
  expect(world.parked).toEqual([]);
});

test('without any of it, messages would have died', async () => {
  const world = new OutageWorld([], DOWN);
  for (let index = 0; index < 20; index++) world.send(`order-${index}`, world.now);
  await world.drain();
  expect(world.parked).toHaveLength(20);
});
