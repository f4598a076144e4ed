import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import type { Circuit } from '../../../lambdas/runtime/adapters/circuit';
import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { type Consumer, consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { DependencyError, PermanentError } from '../../../lambdas/runtime/errors';
import { Asked, asked } from '../../support/batch-world';
import { AdapterWorld, type Instance } from './adapter-world';

const schema = z.object({ dependency: z.string() });
export const BankLost = defineEvent({ name: 'BankLost', owner: 'answerer', version: 1, schema });
export const BankRegained = defineEvent({ name: 'BankRegained', owner: 'answerer', version: 1, schema });
export const askBank = defineService('answerer').subscription('answer', {
  to: [Asked],
  emits: [BankLost, BankRegained],
  dependencies: ['bank', 'post-office'],
});
export const events = { opened: BankLost, closed: BankRegained };

/** Opens when two of at least four calls have failed, and probes after 30 seconds. */
export const breaker = () => circuitBreaker('bank', { minimumCalls: 4, events });

export type Behaviour = 'works' | 'fails' | 'breaks' | 'refuses';

/** Runs a consumer that calls a bank, with outages of the bank. */
export class BankWorld extends AdapterWorld {
  bank: Behaviour = 'works';
  calls = 0;
  private hangs?: Promise<void>;
  private id = 0;

  constructor(adapters = [breaker()]) {
    super();
    this.handler = consume(askBank, () => this.ask(), adapters);
  }

  readonly handler: Consumer;

  private async ask(): Promise<void> {
    const { bank } = this;
    this.calls++;
    await this.hangs;
    if (bank === 'fails') throw new DependencyError('bank', 'it is closed');
    if (bank === 'breaks') throw new Error('this code is broken');
    if (bank === 'refuses') throw new PermanentError('no such account');
  }

  /** Runs a batch of new messages. @returns the number of calls of the bank */
  async process(messages: number, instance?: Instance): Promise<number> {
    const before = this.calls;
    await this.run(
      this.handler,
      Array.from({ length: messages }, () => asked(`ask-${++this.id}`)),
      instance,
    );
    return this.calls - before;
  }

  /** Makes the bank accept calls without answering. @returns a function that answers them */
  hang(): () => void {
    let answer = () => {};
    this.hangs = new Promise((resolve) => {
      answer = resolve;
    });
    return answer;
  }

  /** Makes the bank answer new calls at once. Calls that wait already are not answered. */
  hangNoMore(): void {
    this.hangs = undefined;
  }

  circuit(): Circuit | undefined {
    return this.store.items<Circuit>('dependencies')[0];
  }

  /** The names of the published events. */
  changes(): string[] {
    return this.published().map(({ name }) => name);
  }
}

/** Returns a world whose circuit has just opened. */
export async function outage(adapters?: ConstructorParameters<typeof BankWorld>[0]): Promise<BankWorld> {
  const world = new BankWorld(adapters);
  world.bank = 'fails';
  await world.process(4);
  return world;
}
