import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { noProgress } from '../../cli/progress';
import { variables } from '../../lambdas/runtime/aws/settings';
import type { PublisherClients, Targets } from '../../lambdas/runtime/publish/aws-publisher';
import { busClient } from '../../lambdas/runtime/publish/bus';
import type { Context } from '../../ops/command';
import { type Emitter, republish } from '../../ops/outbox';
import type { Conditions } from './conditions';
import { Invocation } from './invocation';

const MINUTE = 60_000;
/** The hours within which operators run commands although nothing is over. */
const BUSY_HOURS = 2;
/** The longest period that a command repeats. */
const MOST_MINUTES = 10;
/** Operators give up then: the command is needed only when the faults are over. */
const TRIES = 3;
/** The longest run of a command. */
const COMMAND_SECONDS = 60 * 60;

/** The parts of a world that operators work on. */
export interface OperatorsOptions {
  readonly services: readonly string[];
  redrive(): void;
  /** Sends the archived events of a period again. Times are in milliseconds since 1970. */
  replay(from: number, to: number): void;
  /** The bus's ARN. */
  readonly bus: string;
  targets(service: string): Targets;
  publishers(service: string, command: Invocation): PublisherClients;
  dynamoDb(command: Invocation): unknown;
  /** The tables of a service whose items keep records. */
  inboxes(service: string): readonly string[];
}

/** Operators, who run commands in the middle of everything. `outbox --republish` is the real command; its calls can fail. */
export class Operators {
  constructor(
    private readonly conditions: Conditions,
    private readonly options: OperatorsOptions,
  ) {}

  /** Plans commands at any times, in some worlds. */
  plan(): void {
    const { chance, faults, time } = this.conditions;
    if (faults.isCalm) return;
    const at = (command: string, run: () => void) => {
      if (chance.number(`ops ${command}`) > 0.2) return;
      time.after(chance.number(`ops ${command} at`) * BUSY_HOURS * 60 * MINUTE, run);
    };
    const period = (command: string): [from: number, to: number] => {
      const from = time.now - chance.number(`ops ${command} from`) * 60 * MINUTE;
      return [from, from + chance.number(`ops ${command} for`) * MOST_MINUTES * MINUTE];
    };
    at('redrive', () => this.options.redrive());
    at('replay', () => {
      faults.note('replayed', 'the archive');
      this.options.replay(...period('replay'));
    });
    at('outbox', () => this.republish([chance.pick('ops outbox of', this.options.services)], ...period('outbox')));
  }

  /** Publishes the outboxes of services again. Repeats the command after a failure, as its error message says. */
  republish(services: readonly string[], from: number, to: number): void {
    const { faults, time } = this.conditions;
    for (const service of services) faults.note('republished', service);
    const window = {
      services: services.map((service) => emitterOf(service, this.options.inboxes(service))),
      since: new Date(from),
      until: new Date(to),
    };
    const run = (tries: number) => {
      const again = () => tries < TRIES && time.after(MINUTE, () => run(tries + 1));
      const command = new Invocation(this.conditions, 'ops outbox', again, COMMAND_SECONDS);
      command.run(
        () => republish(window, Number.POSITIVE_INFINITY, this.contextOf(command)),
        () => {},
        again,
      );
    };
    run(1);
  }

  private contextOf(command: Invocation): Context {
    const { chance, time } = this.conditions;
    const { bus, targets, publishers, dynamoDb } = this.options;
    // A relay's function is named like its service here.
    const send = (asked: object) =>
      command.step(asked.constructor.name, () => {
        if (!(asked instanceof GetFunctionConfigurationCommand)) throw new Error('Operators read configurations only.');
        const { topic, reminders } = targets(asked.input.FunctionName ?? '');
        const settings = {
          [variables.bus]: bus,
          [variables.topic]: topic,
          [variables.reminders]: JSON.stringify(reminders),
        };
        return { Environment: { Variables: settings } };
      });
    const channels = publishers('ops', command);
    const known = new Map<unknown, () => unknown>([
      [busClient(bus), () => channels.bus(bus)],
      [SNSClient, channels.topics],
      [SQSClient, channels.queues],
      [SchedulerClient, channels.schedules],
    ]);
    const context = {
      clients: { dynamodb: dynamoDb(command), lambda: { send } },
      deployment: { clients: { of: (client: unknown) => known.get(client)?.() } },
      progress: noProgress,
      lifetime: { signal: new AbortController().signal },
      time: {
        now: () => new Date(time.now),
        sleep: (milliseconds: number) => command.sleep(milliseconds),
        random: () => chance.number('ops outbox random'),
      },
      note: () => {},
    };
    return context as unknown as Context;
  }
}

function emitterOf(service: string, inboxes: readonly string[]): Emitter {
  const relay = { function: service, deadLetterQueue: `${service}.relay/dead` };
  const tables = Object.fromEntries(inboxes.map((table) => [table, table]));
  const subscriptions = inboxes.map((table) => ({
    name: table,
    emits: [table],
    inbox: { table, keys: [], position: 0 },
  }));
  return { service, records: `${service}.records`, relay, tables, subscriptions, endpoints: [] };
}
