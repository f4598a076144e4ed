import type { Message } from '@aws-sdk/client-sqs';
import { Lifetime } from '../../cli/lifetime';
import { noProgress } from '../../cli/progress';
import type { EventContract } from '../../contracts/core/contract';
import type { Deployment } from '../../deployed/discover';
import { clientsOf } from '../../ops/clients';
import type { Context, Given, Result } from '../../ops/command';
import { dlqPurge } from '../../ops/commands/dlq-purge';
import { dlqRedrive } from '../../ops/commands/dlq-redrive';
import type { DeadLetter } from '../../ops/dead-letters/dead-letter';
import { findDeadLetters } from '../../ops/dead-letters/find';
import { deadLetterQueues } from '../../ops/dead-letters/queues';
import type { ShownDeadLetter, Snapshot } from '../api';
import { showable } from './privacy';

/** Dead letters to read from one queue. */
const MAX_READ = 500;

/** Which dead letters an action is about. */
export interface Choice {
  readonly consumer: string;
  readonly reason?: string;
  readonly correlationId?: string;
}

/** The dead letters of a deployed system. Reads them only when their number has changed: reading hides them for a moment. */
export class DeadLetters {
  #found: readonly DeadLetter[] = [];
  #counts = '';
  #turn: Promise<unknown> = Promise.resolve();

  /** @param lifetime makes dead letters that are being read visible again when the console ends */
  constructor(
    private readonly deployment: Deployment,
    private readonly contracts: readonly EventContract[],
    private readonly lifetime: Lifetime,
  ) {}

  /** Reads the queues again whose numbers have changed. */
  async refresh({ queues }: Pick<Snapshot, 'queues'>): Promise<readonly DeadLetter[]> {
    const counts = queues.map(({ name, dead }) => `${name}:${dead}`).join();
    if (counts === this.#counts) return this.#found;
    return this.#next(async () => {
      const holding = new Set(queues.filter(({ dead }) => dead > 0).map(({ name }) => name));
      const all = deadLetterQueues(this.deployment).filter(({ name }) => holding.has(name));
      const found = await this.#with((context) =>
        Promise.all(all.map((queue) => findDeadLetters(queue, {}, { read: MAX_READ }, context))),
      );
      this.#found = found.flatMap(({ deadLetters }) => deadLetters);
      this.#counts = counts;
      return this.#found;
    });
  }

  /** `<subscriber>#<event id>` → reason. */
  byEvent(): Map<string, string> {
    return new Map(this.#found.map(({ queue, eventId, reason }) => [`${queue}#${eventId}`, reason]));
  }

  list(personal: boolean): ShownDeadLetter[] {
    return this.#found.map(({ message, since, origin: _, recordId: __, ...rest }) => ({
      ...rest,
      since: since.toISOString(),
      messageId: message.MessageId ?? '',
      body: this.#body(message, rest.contract, rest.version, personal),
    }));
  }

  redrive(choice: Choice): Promise<Result> {
    return this.#act((context) => dlqRedrive.run(givenOf(choice), context));
  }

  purge(choice: Choice): Promise<Result> {
    return this.#act((context) => dlqPurge.run(givenOf(choice, { yes: true }), context));
  }

  #act(action: (context: Context) => Promise<Result>): Promise<Result> {
    return this.#next(() => this.#with(action)).finally(() => {
      this.#counts = '';
    });
  }

  #body({ Body = '' }: Message, contract = '', version = 0, personal: boolean): string {
    try {
      const body = JSON.parse(Body);
      const { metadata, data } = body.detail;
      const shown = showable(this.contracts, { contract, version, data }, personal);
      return JSON.stringify({ ...body, detail: { metadata, data: shown } }, null, 2);
    } catch {
      return personal ? Body : '[hidden: the body is not an event, so nothing marks what is personal in it]';
    }
  }

  /** One after the other, because each hides messages from the others. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work, work);
    this.#turn = next;
    return next;
  }

  async #with<T>(work: (context: Context) => Promise<T>): Promise<T> {
    const lifetime = new Lifetime();
    const end = () => void lifetime.end();
    this.lifetime.signal.addEventListener('abort', end);
    const { deployment } = this;
    const clients = clientsOf(deployment.clients);
    try {
      return await work({
        deployment,
        clients,
        progress: noProgress,
        lifetime,
        now: () => new Date(),
        json: true,
        out: () => {},
        note: () => {},
        confirm: async () => undefined,
      });
    } finally {
      this.lifetime.signal.removeEventListener('abort', end);
      await lifetime.end();
    }
  }
}

/** The command line that the action is. */
function givenOf({ consumer, reason, correlationId }: Choice, more: Readonly<Record<string, unknown>> = {}): Given {
  const values = {
    consumer: [consumer],
    ...(reason !== undefined && { reason: [reason] }),
    ...(correlationId !== undefined && { 'correlation-id': [correlationId] }),
    ...more,
  };
  return { values, words: [] } as unknown as Given;
}
