/**
 * What a deployed service says of itself, as JSON in one SSM parameter. The console and the command line discover
 * a deployed system from these and from nothing else. Names are physical, as the AWS APIs take them.
 */
export interface Manifest {
  readonly service: string;
  /** The idempotency table, which is the outbox too. */
  readonly records: string;
  /** The function that publishes the outbox, and the URL of its dead-letter queue. */
  readonly relay: { readonly function: string; readonly deadLetterQueue: string };
  /** The service's own tables: logical name → table name. */
  readonly tables: Readonly<Record<string, string>>;
  /** The service's own secrets, if it has any: logical name → ARN. Never their values. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly subscriptions: readonly SubscriptionManifest[];
  readonly endpoints: readonly EndpointManifest[];
  /** What runs by the clock, if anything does. */
  readonly schedules?: readonly ScheduleManifest[];
  /** The HTTP API, when the service has one. */
  readonly api?: { readonly id: string; readonly url: string };
}

export interface SubscriptionManifest {
  readonly name: string;
  readonly function: string;
  /** Queue URLs. */
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** The contracts received, as `owner.Name`. */
  readonly to: readonly string[];
  /** The contracts published by doing so, as `owner.Name`. */
  readonly emits: readonly string[];
}

export interface EndpointManifest {
  readonly name: string;
  readonly function: string;
  /** For example `POST /orders`. */
  readonly route: string;
  readonly emits: readonly string[];
}

export interface ScheduleManifest {
  readonly name: string;
  readonly function: string;
  /** Queue URL of the runs that could not be started. */
  readonly deadLetterQueue: string;
}

/** The bus's manifest. */
export interface BrokerManifest {
  readonly bus: { readonly name: string; readonly arn: string };
  /** Absent where the stage has no archive. */
  readonly archive?: string;
  /** Queue URL of the events that match no contract or could not be routed. */
  readonly deadLetterQueue: string;
}

/** Where things are found in SSM. These few names are fixed, everything else is generated. */
export const parameterNames = {
  /** The ARN of the bus: a service's stack reads it when it is deployed. */
  bus: (stage: string) => `/event-broker/${stage}/broker/bus`,
  /** The ARN of the topic that alarms notify. */
  alarmTopic: (stage: string) => `/event-broker/${stage}/broker/alarm-topic`,
  /** The ARN of a service's own topic: a direct subscriber's stack reads it when it is deployed. */
  topic: (stage: string, owner: string) => `/event-broker/${stage}/topics/${owner}`,
  /** What one service lets others know: their stacks read it when they are deployed. */
  announced: (stage: string, service: string, name: string) => `/event-broker/${stage}/${service}/${name}`,
  brokerManifest: (stage: string) => `/event-broker/${stage}/broker/manifest`,
  /** All services' manifests are below this path (`GetParametersByPath`). */
  manifests: (stage: string) => `/event-broker/${stage}/services`,
  manifest: (stage: string, service: string) => `/event-broker/${stage}/services/${service}`,
} as const;
