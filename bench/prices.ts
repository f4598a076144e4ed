/** The price of a unit. */
export interface Price {
  readonly dollars: number;
  /** The number of units that cost this much. */
  readonly per: number;
  /** The unit, as a table's heading has it. */
  readonly unit: string;
  /** The AWS page that states the price. */
  readonly page: string;
}

const MILLION = 1_000_000;
const PAGES = 'https://aws.amazon.com';

/** The region of the prices, and the month in which they were checked. */
export const PRICE_LIST = { region: 'us-east-1', month: '2026-09' } as const;

/** List prices of the first tier, without free tiers, in US dollars. The only place with prices. */
export const prices = {
  writeUnits: { dollars: 0.625, per: MILLION, unit: 'write units', page: `${PAGES}/dynamodb/pricing/on-demand/` },
  readUnits: { dollars: 0.125, per: MILLION, unit: 'read units', page: `${PAGES}/dynamodb/pricing/on-demand/` },
  tableStorage: { dollars: 0.25, per: 1, unit: 'GB-months in tables', page: `${PAGES}/dynamodb/pricing/on-demand/` },
  events: { dollars: 1, per: MILLION, unit: 'events (64 KB)', page: `${PAGES}/eventbridge/pricing/` },
  archived: { dollars: 0.1, per: 1, unit: 'GB archived', page: `${PAGES}/eventbridge/pricing/` },
  archiveStorage: { dollars: 0.023, per: 1, unit: 'GB-months archived', page: `${PAGES}/eventbridge/pricing/` },
  schedules: { dollars: 1, per: MILLION, unit: 'scheduled invocations', page: `${PAGES}/eventbridge/pricing/` },
  queueRequests: { dollars: 0.4, per: MILLION, unit: 'SQS requests (64 KB)', page: `${PAGES}/sqs/pricing/` },
  topicRequests: { dollars: 0.5, per: MILLION, unit: 'SNS requests (64 KB)', page: `${PAGES}/sns/pricing/` },
  invocations: { dollars: 0.2, per: MILLION, unit: 'invocations', page: `${PAGES}/lambda/pricing/` },
  gigabyteSeconds: { dollars: 0.0000133334, per: 1, unit: 'GB-seconds (arm64)', page: `${PAGES}/lambda/pricing/` },
  apiRequests: { dollars: 1, per: MILLION, unit: 'HTTP API requests', page: `${PAGES}/api-gateway/pricing/` },
  logs: { dollars: 0.5, per: 1, unit: 'GB of logs', page: `${PAGES}/cloudwatch/pricing/` },
  traces: { dollars: 5, per: MILLION, unit: 'traces', page: `${PAGES}/xray/pricing/` },
  alarmMetrics: { dollars: 0.1, per: 1, unit: 'metrics in alarms', page: `${PAGES}/cloudwatch/pricing/` },
  compositeAlarms: { dollars: 0.5, per: 1, unit: 'composite alarms', page: `${PAGES}/cloudwatch/pricing/` },
  dashboards: { dollars: 3, per: 1, unit: 'dashboards', page: `${PAGES}/cloudwatch/pricing/` },
  customMetrics: { dollars: 0.3, per: 1, unit: 'custom metrics', page: `${PAGES}/cloudwatch/pricing/` },
  keys: { dollars: 1, per: 1, unit: 'KMS keys', page: `${PAGES}/kms/pricing/` },
  secrets: { dollars: 0.4, per: 1, unit: 'secrets', page: `${PAGES}/secrets-manager/pricing/` },
  transitions: { dollars: 25, per: MILLION, unit: 'state transitions', page: `${PAGES}/step-functions/pricing/` },
  durableOperations: { dollars: 8, per: MILLION, unit: 'durable operations', page: `${PAGES}/lambda/pricing/` },
  durableWritten: { dollars: 0.25, per: 1, unit: 'GB of durable data written', page: `${PAGES}/lambda/pricing/` },
  durableRetained: { dollars: 0.15, per: 1, unit: 'GB-months of durable data', page: `${PAGES}/lambda/pricing/` },
} as const satisfies Readonly<Record<string, Price>>;

export type Line = keyof typeof prices;

/** Returns the dollars for a number of units. */
export function dollarsOf(line: Line, quantity: number): number {
  const { dollars, per } = prices[line];
  return (quantity / per) * dollars;
}
