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

/** Opens at half of four calls, probes after 30 seconds. */
export const breaker = () => circuitBreaker('bank', { minimumCalls: 4, events });

export type Behaviour = 'works' | 'fails' | 'breaks' | 'refuses';

/** A consumer that asks a bank, which works or not. */
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

  /** So many messages in one batch. @returns how many times the bank was called */
  async process(messages: number, instance?: Instance): Promise<number> {
    const before = this.calls;
    await this.run(
      this.handler,
      Array.from({ length: messages }, () => asked(`ask-${++this.id}`)),
      instance,
    );
    return this.calls - before;
  }

  /** From now on the bank takes calls and does not answer them. @returns has it answer them */
  hang(): () => void {
    let answer = () => {};
    this.hangs = new Promise((resolve) => {
      answer = resolve;
    });
    return answer;
  }

  /** From now on the bank answers at once again, but not those who wait already. */
  hangNoMore(): void {
    this.hangs = undefined;
  }

  circuit(): Circuit | undefined {
    return this.store.items<Circuit>('dependencies')[0];
  }

  changes(): string[] {
    return this.published().map(({ name }) => name);
  }
}

/** A world whose circuit has just opened. */
export async function outage(adapters?: ConstructorParameters<typeof BankWorld>[0]): Promise<BankWorld> {
  const world = new BankWorld(adapters);
  world.bank = 'fails';
  await world.process(4);
  return world;
}
