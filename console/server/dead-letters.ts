import type { Message } from '@aws-sdk/client-sqs';
import { UsageError } from '../../cli/failure';
import { Lifetime } from '../../cli/lifetime';
import { noProgress } from '../../cli/progress';
import type { EventContract } from '../../contracts/core/contract';
import type { Deployment } from '../../deployed/discover';
import { clientsOf } from '../../ops/clients';
import type { Context, Given, Result } from '../../ops/command';
import { dlqPurge } from '../../ops/commands/dlq-purge';
import { dlqRedrive } from '../../ops/commands/dlq-redrive';
import type { DeadLetter } from '../../ops/dead-letters/dead-letter';
import { redriveEdited } from '../../ops/dead-letters/edit';
import { findDeadLetters } from '../../ops/dead-letters/find';
import { deadLetterQueues } from '../../ops/dead-letters/queues';
import type { Job, ShownDeadLetter, Snapshot } from '../api';
import { restore, showable } from './privacy';
import { schemaProblems } from './schema-problems';

/** Dead letters to read from one queue. */
const MAX_READ = 500;

/** The dead letters of an action. */
export interface Choice {
  readonly consumer: string;
  readonly reason?: string;
  readonly correlationId?: string;
  readonly messageIds?: readonly string[];
}

/** An edited copy to send instead of a dead letter. */
export interface EditChoice {
  readonly consumer: string;
  readonly messageId: string;
  readonly version: number;
  /** The new data, with placeholders where the operator has left hidden values. */
  readonly data: unknown;
}

/** The dead letters of a deployed system. Reads them only when their number has changed: reading hides them for a moment. */
export class DeadLetters {
  #found: readonly DeadLetter[] = [];
  #counts = '';
  #turn: Promise<unknown> = Promise.resolve();
  /** The action under way. */
  job: Job | undefined;

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
      // An operator's command hides dead letters while it runs. The next refresh reads again.
      const isComplete = found.every(({ total, deadLetters }) => deadLetters.length >= Math.min(total, MAX_READ));
      this.#counts = isComplete ? counts : '';
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
      ...this.#shown(message, rest.contract, rest.version, personal),
    }));
  }

  redrive(choice: Choice): Promise<Result> {
    return this.#act((context) => dlqRedrive.run(givenOf(choice), context));
  }

  purge(choice: Choice): Promise<Result> {
    return this.#act((context) => dlqPurge.run(givenOf(choice, { yes: true }), context));
  }

  /** Sends an edited copy of a dead letter. @param by the operator */
  async edit({ consumer, messageId, version, data }: EditChoice, by: string): Promise<{ readonly text: string }> {
    const queue = deadLetterQueues(this.deployment).find(({ name }) => name === consumer);
    if (queue === undefined) throw new UsageError(`There is no consumer ${consumer}.`);
    const edit = { messageId, version, by, edit: (original: unknown) => restore(data, original) };
    const id = await this.#act((context) => redriveEdited(queue, edit, this.contracts, context));
    return { text: `Sent an edited copy with the new event id ${id} to ${consumer}.` };
  }

  #act<T>(action: (context: Context) => Promise<T>): Promise<T> {
    return this.#next(() => this.#with(action)).finally(() => {
      this.#counts = '';
      this.job = undefined;
    });
  }

  #shown(
    { Body = '' }: Message,
    contract = '',
    version = 0,
    personal: boolean,
  ): Pick<ShownDeadLetter, 'body' | 'data' | 'problems'> {
    try {
      const body = JSON.parse(Body);
      const { metadata, data } = body.detail;
      const event = { contract, version, data };
      const shown = showable(this.contracts, event, personal);
      const detail = { ...body.detail, metadata, data: shown };
      return {
        body: JSON.stringify({ ...body, detail }, null, 2),
        data: shown,
        problems: schemaProblems(this.contracts, event, shown),
      };
    } catch {
      const hidden = '[hidden: the body is not an event, so nothing marks what is personal in it]';
      return { body: personal ? Body : hidden };
    }
  }

  /** One after another, because each hides messages from the others. */
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
        progress: {
          ...noProgress,
          part: (what, count, total) => {
            this.job = { what, count, total };
          },
        },
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

/** Returns the command line of an action. */
function givenOf(
  { consumer, reason, correlationId, messageIds }: Choice,
  more: Readonly<Record<string, unknown>> = {},
): Given {
  const values = {
    consumer: [consumer],
    ...(reason !== undefined && { reason: [reason] }),
    ...(correlationId !== undefined && { 'correlation-id': [correlationId] }),
    ...(messageIds !== undefined && { 'message-id': messageIds }),
    ...more,
  };
  return { values, words: [] } as unknown as Given;
}
