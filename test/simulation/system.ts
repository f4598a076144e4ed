import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { EventContract } from '../../contracts/core/contract';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { EntryResult } from '../../lambdas/runtime/publish/publish';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import type { Manifest, SubscriptionManifest } from '../../lib/broker/manifest';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import type { Invocation } from './invocation';
import type { SimulatedServices } from './services';

/** What a simulator needs to build a system: its functions by name, and how their stacks configure them. */
export interface SystemParts {
  /** `<service>.<function>` → the module of its handler. */
  readonly modules: Readonly<Record<string, object>>;
  readonly manifests: readonly Manifest[];
}

/** A subscription of the deployed system: the real handler, and its settings. */
export interface SimulatedSubscription {
  readonly service: string;
  /** `<service>.<subscription>` */
  readonly name: string;
  readonly to: readonly EventContract[];
  readonly settings: SubscriptionManifest['settings'];
  run(batch: SQSEvent, runtime: ConsumerRuntime, invocation: Invocation): Promise<SQSBatchResponse>;
}

export interface SimulatedSchedule {
  readonly service: string;
  /** `<service>.<schedule>` */
  readonly name: string;
  readonly everySeconds: number;
  readonly timeoutSeconds: number;
  run(runtime: ConsumerRuntime): Promise<void>;
  /** Whether it has anything to look for: virtual time ends when nothing is left to do. */
  isNeeded(): boolean;
}

/** A system in one world, and everybody outside who uses it. */
export interface SimulatedSystem {
  readonly subscriptions: readonly SimulatedSubscription[];
  readonly schedules: readonly SimulatedSchedule[];
  /** See {@link BusOptions.losableAs}. */
  losableAs(event: OutgoingEvent, subscriber: string): FaultKind | undefined;
  /** Plans what outsiders do. @param size how much of it, e.g. how many orders */
  begin(size: number): Promise<void>;
  /** What does not hold when nothing is left to do and the faults are over, in sentences; empty when all is well. */
  findViolations(size: number): string[];
  /** How the work ended, e.g. `{ completed: 12, cancelled: 3 }`. */
  outcomes(): Readonly<Record<string, number>>;
}

/** A world as a system sees it. */
export interface WorldView extends Conditions {
  readonly services: SimulatedServices;
  readonly sabotage: Sabotage;
  /** What one invocation sees of the world. */
  runtime(service: string, consumer: string, invocation: Invocation): ConsumerRuntime;
  /** Starts the schedules' clocks, which stop when they have nothing to look for. */
  wind(): void;
}

/** Builds a system in a world. The world is complete when {@link SimulatedSystem.begin} is called. */
export type SystemFactory = (world: WorldView) => SimulatedSystem;

/** What a saboteur replaces, to show that the simulation notices. */
export interface Sabotage {
  subscription?(subscription: SimulatedSubscription): SimulatedSubscription;
  runtime?(runtime: ConsumerRuntime, world: WorldView, consumer: string): ConsumerRuntime;
  /** Replaces the bus's answer for an entry. */
  busAnswer?(result: EntryResult): EntryResult;
  /** A batch of a stream is not read again after its relay crashed or failed. */
  readonly forgetfulStream?: boolean;
  /** No schedule runs. */
  readonly stoppedClocks?: boolean;
  /** Whether an event is lost although its channel accepted it. */
  loses?(event: OutgoingEvent): boolean;
  /** Breakages that the system itself knows. */
  readonly outside?: ReadonlySet<string>;
}

/** The settings of one function, from the manifests. @throws Error when there is none of that name */
export function subscriptionSettings(manifests: readonly Manifest[], name: string): SubscriptionManifest['settings'] {
  const found = manifests
    .flatMap(({ service, subscriptions }) => subscriptions.map((one) => ({ name: `${service}.${one.name}`, one })))
    .find((entry) => entry.name === name);
  if (!found) throw new Error(`No manifest has the subscription ${name}.`);
  return found.one.settings;
}
