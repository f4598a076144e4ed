/**
 * What a function is told by its environment. `lib/broker` writes these variables, the runtime reads them:
 * this file is the one place where both sides meet.
 */
export const variables = {
  stage: 'STAGE',
  /** The service's name, e.g. `inventory`. */
  service: 'SERVICE',
  /** The subscription's or endpoint's name, e.g. `reserve-stock`. */
  name: 'FUNCTION',
  /** The idempotency table. */
  records: 'RECORDS_TABLE',
  /** How long a processed message is remembered, in days. */
  idempotencyDays: 'IDEMPOTENCY_DAYS',
  queue: 'QUEUE_URL',
  deadLetterQueue: 'DEAD_LETTER_QUEUE_URL',
  /** How often a message is tried before it is parked. */
  attempts: 'ATTEMPTS',
  /** Back-off before the second attempt, and the most it grows to, in seconds. */
  backoffBase: 'BACKOFF_BASE_SECONDS',
  backoffCap: 'BACKOFF_CAP_SECONDS',
  /** The contracts the function may publish: names, separated by commas. */
  emits: 'EMITS',
  /** The bus, for the relay alone. */
  bus: 'BUS_ARN',
  /** The service's own topic, for the relay alone; unset where it has none. */
  topic: 'TOPIC_ARN',
  /** Where reminders go, for the relay alone: JSON, see `ReminderTargets`; unset where there are none. */
  reminders: 'REMINDERS',
  /** The physical name of one of the service's tables: `tableVariable('stock')` is `TABLE_STOCK`. */
  table: (logicalName: string) => `TABLE_${logicalName.toUpperCase().replaceAll('-', '_')}`,
  /** The ARN of one of the service's secrets. */
  secret: (logicalName: string) => `SECRET_${logicalName.toUpperCase().replaceAll('-', '_')}`,
} as const;

/** @throws Error naming the variable that is missing. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`The environment variable ${name} is not set: deploy this function through lib/broker.`);
  }
  return value;
}

/** @throws Error naming the variable that is not a number. */
export function numberSetting(name: string): number {
  const value = Number(setting(name));
  if (!Number.isFinite(value)) throw new Error(`The environment variable ${name} must be a number.`);
  return value;
}
