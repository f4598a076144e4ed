/** The names of a function's environment variables. `lib/broker` sets them, and the runtime reads them. */
export const variables = {
  /** The deployment stage: `local`, `dev` or `prod`. */
  stage: 'STAGE',
  /** The service's name, e.g. `inventory`. */
  service: 'SERVICE',
  /** The subscription's or endpoint's name, e.g. `reserve-stock`. */
  name: 'FUNCTION',
  /** The idempotency table. */
  records: 'RECORDS_TABLE',
  /** How long a processed message is remembered, in days. */
  idempotencyDays: 'IDEMPOTENCY_DAYS',
  /** The URL of the subscription's queue. */
  queue: 'QUEUE_URL',
  /** The URL of the dead-letter queue. */
  deadLetterQueue: 'DEAD_LETTER_QUEUE_URL',
  /** The number of attempts before a message is parked. */
  attempts: 'ATTEMPTS',
  /** The longest backoff before the second attempt, in seconds. */
  backoffBase: 'BACKOFF_BASE_SECONDS',
  /** The longest backoff at all, in seconds. */
  backoffCap: 'BACKOFF_CAP_SECONDS',
  /** The bus. Only for the relay. */
  bus: 'BUS_ARN',
  /** The service's own topic. Only for the relay, and only if the service has a topic. */
  topic: 'TOPIC_ARN',
  /** The targets of reminders as JSON (`ReminderTargets`). Only for the relay, and only if the service has reminders. */
  reminders: 'REMINDERS',
  /** Whether to announce reminders on the bus, for the journal. Only for the relay, and only if the service has reminders. */
  announceReminders: 'ANNOUNCE_REMINDERS',
  /** Where spans are exported to, by OpenTelemetry's own name. Not set: they are not collected. */
  otlpEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  /** The journal's table. Only for the journal's function. */
  journal: 'JOURNAL_TABLE',
  /** Names of fields in events' data whose values are ids, as a JSON array. Only for the journal's function. */
  idFields: 'ID_FIELDS',
  /** The physical name of one of the service's tables: `variables.table('stock')` is `TABLE_STOCK`. */
  table: (logicalName: string) => `TABLE_${logicalName.toUpperCase().replaceAll('-', '_')}`,
  /** The ARN of one of the service's secrets: `variables.secret('webhook-signing')` is `SECRET_WEBHOOK_SIGNING`. */
  secret: (logicalName: string) => `SECRET_${logicalName.toUpperCase().replaceAll('-', '_')}`,
} as const;

/** Returns the value of a variable. @throws Error that names a missing variable */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`The environment variable ${name} is not set: deploy this function through lib/broker.`);
  }
  return value;
}

/** Returns the value of a variable as a number. @throws Error that names a missing or non-numeric variable */
export function numberSetting(name: string): number {
  const value = Number(setting(name));
  if (!Number.isFinite(value)) throw new Error(`The environment variable ${name} must be a number.`);
  return value;
}
