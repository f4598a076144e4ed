import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { EventContract } from '../../contracts/core/contract';
import type { BusEvent } from '../../lambdas/runtime/events/bus-event';
import type { Publisher } from '../../lambdas/runtime/publish/publish';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import type { Manifest, SubscriptionManifest } from '../../lib/broker/manifest';
import type { Change, Schema } from './aws/dynamodb';
import type { Conditions } from './conditions';
import type { FaultKind, FaultsOptions } from './faults';
import type { Invocation } from './invocation';
import type { SimulatedServices } from './services';
import type { StreamHandler } from './stream';

/** The parts of a system: its functions by name, and the settings from their stacks. */
export interface SystemParts {
  /** `<service>.<function>` → the module of its handler. */
  readonly modules: Readonly<Record<string, object>>;
  readonly manifests: readonly Manifest[];
  /** `<service>.<table>` → the keys of the table. */
  readonly tables: Readonly<Record<string, Schema>>;
}

/** A subscription of the deployed system: the real handler, and its settings. */
export interface SimulatedSubscription {
  readonly service: string;
  /** `<service>.<subscription>` */
  readonly name: string;
  readonly to: readonly EventContract[];
  readonly settings: SubscriptionManifest['settings'];
  run(batch: SQSEvent, runtime: ConsumerRuntime, invocation: Invocation): Promise<SQSBatchResponse>;
  /** The same before the last version of its contracts. @default they have one version */
  readonly runOlder?: SimulatedSubscription['run'];
}

export interface SimulatedSchedule {
  readonly service: string;
  /** `<service>.<schedule>` */
  readonly name: string;
  readonly everySeconds: number;
  readonly timeoutSeconds: number;
  run(runtime: ConsumerRuntime): Promise<void>;
  /** Whether it still has work. Virtual time ends when nothing has. */
  isNeeded(): boolean;
}

/** A system in one world, with its clients and outside systems. */
export interface SimulatedSystem {
  readonly subscriptions: readonly SimulatedSubscription[];
  readonly schedules: readonly SimulatedSchedule[];
  /** Whether some emitted events have no subscriber here, so that operators cannot publish all of them again. @default false */
  readonly isPartial?: boolean;
  /** The keys of a table, by `<service>.<table>`. */
  schemaOf(table: string): Schema;
  /** See {@link ChannelOptions.losableAs}. */
  losableAs(event: BusEvent, subscriber: string): FaultKind | undefined;
  /** Plans the requests of clients. @param size the amount of work, e.g. the number of orders */
  begin(size: number): Promise<void>;
  /** Checks what must hold after every write or transaction. The system tells the violations at the end. */
  watch?(changes: readonly Change[]): void;
  /** Returns the violated invariants, one sentence each. Called when the faults are over and no work is left. */
  findViolations(size: number): string[];
  /** Returns the number of pieces of work by their end, e.g. `{ completed: 12, cancelled: 3 }`. */
  outcomes(): Readonly<Record<string, number>>;
}

/** The parts of a world that a system uses. */
export interface WorldView extends Conditions {
  readonly services: SimulatedServices;
  readonly sabotage: Sabotage;
  /** Returns the runtime of one invocation. */
  runtime(service: string, consumer: string, invocation: Invocation): ConsumerRuntime;
  /** Starts the schedules' clocks. Each stops when its schedule has no work left. */
  wind(): void;
}

/** Builds a system in a world. The world is complete when {@link SimulatedSystem.begin} is called. */
export type SystemFactory = (world: WorldView) => SimulatedSystem;

/** The parts that a sabotage replaces. */
export interface Sabotage {
  /** The worlds in which it can be noticed: their least size, and the probability of some faults in percent. @default any world */
  readonly needs?: { readonly size?: number; readonly faults?: FaultsOptions['frequent'] };
  subscription?(subscription: SimulatedSubscription): SimulatedSubscription;
  runtime?(runtime: ConsumerRuntime, world: WorldView, consumer: string): ConsumerRuntime;
  /** Replaces the function that reads a stream. */
  relay?(relay: StreamHandler): StreamHandler;
  /** Replaces a command that is sent to DynamoDB. */
  dynamoDb?(command: object): object;
  /** Replaces the publisher of a relay. */
  publisher?(publisher: Publisher): Publisher;
  /** Whether a batch of a stream is not retried after its relay crashed or failed. */
  readonly forgetfulStream?: boolean;
  schedule?(schedule: SimulatedSchedule): SimulatedSchedule;
  /** Whether operators do not publish again what a stream or a queue has lost. */
  readonly neverRepublishes?: boolean;
  /** Whether no schedule runs. */
  readonly stoppedClocks?: boolean;
  /** Whether an event is lost although its channel accepted it. */
  loses?(event: BusEvent): boolean;
  /** Sabotages of the system itself. */
  readonly outside?: ReadonlySet<string>;
}

/** Returns the settings of a function from the manifests. @throws Error if no manifest has it */
export function subscriptionSettings(manifests: readonly Manifest[], name: string): SubscriptionManifest['settings'] {
  const found = manifests
    .flatMap(({ service, subscriptions }) => subscriptions.map((one) => ({ name: `${service}.${one.name}`, one })))
    .find((entry) => entry.name === name);
  if (!found) throw new Error(`No manifest has the subscription ${name}.`);
  return found.one.settings;
}
