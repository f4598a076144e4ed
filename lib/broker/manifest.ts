import { type FunctionDeclaration, inboxIn } from '../../lambdas/runtime/declare/declaration';
import { keyNames } from '../../lambdas/runtime/declare/table';

/**
 * The description of a deployed service, as JSON in one SSM parameter. The console and the command line discover a deployed
 * system from these parameters alone. Names are physical, as the AWS APIs take them. A function's code is in
 * `lambdas/<service>/<name>.ts`.
 */
export interface Manifest {
  readonly service: string;
  /** Name of the idempotency table, whose records hold the outbox. */
  readonly records: string;
  /** The function that publishes the outbox, and the URL of its dead-letter queue. */
  readonly relay: { readonly function: string; readonly deadLetterQueue: string };
  /** The service's own tables: logical name → table name. */
  readonly tables: Readonly<Record<string, string>>;
  /** The service's secrets, if any: logical name → ARN. Values are never included. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Days for which the record of a processed message is kept. */
  readonly idempotencyDays: number;
  readonly subscriptions: readonly SubscriptionManifest[];
  readonly endpoints: readonly EndpointManifest[];
  /** Absent when the service has no schedule. */
  readonly schedules?: readonly ScheduleManifest[];
  /** The HTTP API, when the service has one. Without an id, it is the HTTP door of the local cloud. */
  readonly api?: { readonly id?: string; readonly url: string };
}

export interface SubscriptionManifest {
  readonly name: string;
  readonly function: string;
  /** Queue URLs. */
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** The contracts received, as `owner.Name`. */
  readonly to: readonly string[];
  /** The contracts that its function may publish, as `owner.Name`. */
  readonly emits: readonly string[];
  /** Logical names of the service's tables that it reads and writes. */
  readonly uses: readonly string[];
  /** Absent when each event has an idempotency record. */
  readonly inbox?: InboxManifest;
  /** External systems whose circuit and rate limit the service's functions share. */
  readonly dependencies: readonly string[];
  readonly settings: {
    /** Attempts before a message is parked. */
    readonly attempts: number;
    readonly backoffSeconds: { readonly base: number; readonly cap: number };
    readonly timeoutSeconds: number;
    readonly visibilitySeconds: number;
    readonly batchSize: number;
    /** Seconds for which messages wait for a full batch, at most. Absent when they do not wait. */
    readonly windowSeconds?: number;
    readonly maxConcurrency: number;
  };
}

/** The table whose items keep the receipts of a function. */
export interface InboxManifest {
  /** The logical name. */
  readonly table: string;
  /** The attributes that are its key. The data of events has them, too. */
  readonly keys: readonly string[];
  /** The position of the function in the table's `inboxOf`. */
  readonly position: number;
}

export interface EndpointManifest {
  readonly name: string;
  readonly function: string;
  /** For example `POST /orders`. */
  readonly route: string;
  readonly emits: readonly string[];
  readonly uses: readonly string[];
  /** Absent when each request has an idempotency record. */
  readonly inbox?: InboxManifest;
  readonly timeoutSeconds: number;
}

export interface ScheduleManifest {
  readonly name: string;
  readonly function: string;
  /** URL of the queue for invocations that failed. */
  readonly deadLetterQueue: string;
  readonly emits: readonly string[];
  readonly uses: readonly string[];
  readonly everySeconds: number;
  readonly timeoutSeconds: number;
}

/** A contract as manifests name it: `orders.OrderCreated`. */
export function fullName({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return `${owner}.${name}`;
}

/** Returns the inbox of a function as manifests describe it; undefined if it has none. */
export function inboxManifestOf(declaration: Pick<FunctionDeclaration, 'name' | 'uses'>): InboxManifest | undefined {
  const inbox = inboxIn(declaration);
  return inbox && { table: inbox.table.name, keys: keyNames(inbox.table), position: inbox.position };
}

/** The bus's manifest. */
export interface BrokerManifest {
  readonly bus: { readonly name: string; readonly arn: string };
  /** Absent where the stage has no archive. */
  readonly archive?: string;
  /** Queue URL of the events that match no contract or could not be routed. */
  readonly deadLetterQueue: string;
}

/** The journal's manifest. */
export interface JournalManifest {
  /** The journal's table: see `lambdas/runtime/journal/entry.ts`. */
  readonly table: string;
  readonly function: string;
  /** Queue URLs. */
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** Seconds for which events wait for a full batch before they are written. */
  readonly windowSeconds: number;
}

/** Names of the SSM parameters. These names are fixed; all other physical names are generated. */
export const parameterNames = {
  /** The ARN of the bus: a service's stack reads it when it is deployed. */
  bus: (stage: string) => `/event-broker/${stage}/broker/bus`,
  /** The ARN of the topic that alarms notify. */
  alarmTopic: (stage: string) => `/event-broker/${stage}/broker/alarm-topic`,
  /** The ARN of a service's own topic: a direct subscriber's stack reads it when it is deployed. */
  topic: (stage: string, owner: string) => `/event-broker/${stage}/topics/${owner}`,
  /** A value that one service publishes for others: their stacks read it when they are deployed. */
  published: (stage: string, service: string, name: string) => `/event-broker/${stage}/${service}/${name}`,
  brokerManifest: (stage: string) => `/event-broker/${stage}/broker/manifest`,
  journalManifest: (stage: string) => `/event-broker/${stage}/journal/manifest`,
  /** All services' manifests are below this path (`GetParametersByPath`). */
  manifests: (stage: string) => `/event-broker/${stage}/services`,
  manifest: (stage: string, service: string) => `/event-broker/${stage}/services/${service}`,
} as const;
