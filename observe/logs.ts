import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Failure } from '../cli/failure';
import { inParallel } from '../cli/parallel';
import type { Deployment } from '../deployed/discover';
import { functionsOf, type MapFunction } from './system-map';

/** A line of a function's log. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `inventory.reserve-stock` */
  readonly function: string;
  readonly level: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';
  /** The message of a line of this project's functions, for example `processed`; any other line as it was written. */
  readonly message: string;
  /** The further fields of a JSON line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The lines to read. */
export interface LogFilter {
  /** A service (`inventory`) or a function (`inventory.reserve-stock`). @default all */
  readonly of?: string;
  /** Any text in the line, for example a correlation id. @default any */
  readonly containing?: string;
  /** @default the last hour */
  readonly since?: Date;
  /** Lines to read of each function, at most. @default 1,000 */
  readonly limit?: number;
}

type Logged = Pick<Deployment, 'services' | 'clients'>;

const DEFAULT_LIMIT = 1_000;
const HOUR_MS = 3_600_000;
/** CloudWatch Logs: 5 to 25 FilterLogEvents calls a second, by region (CloudWatch Logs quotas). */
const CONCURRENCY = 5;
const FOLLOW_MS = 1_000;
/** Lines reach CloudWatch Logs some seconds late, so a follower looks back. */
const LATE_MS = 15_000;

/**
 * Reads lines of functions' logs, oldest first.
 *
 * @throws Failure when there is no service or function of this name
 */
export async function readLogs(deployment: Logged, filter: LogFilter = {}): Promise<LogLine[]> {
  const lines = await readEvents(deployment, await logGroups(deployment, filter.of), filter);
  return lines.map(({ line }) => line);
}

/** Reads the lines of functions' logs and continues with new ones until the signal aborts. */
export async function* followLogs(deployment: Logged, filter: LogFilter, signal: AbortSignal): AsyncGenerator<LogLine> {
  const groups = await logGroups(deployment, filter.of);
  const seen = new Map<string, number>();
  let since = filter.since ?? new Date();
  while (!signal.aborted) {
    const startedAt = Date.now();
    for (const { id, line } of await readEvents(deployment, groups, { ...filter, since })) {
      if (!seen.has(id)) yield line;
      seen.set(id, Date.parse(line.at));
    }
    since = new Date(Math.max(since.getTime(), startedAt - LATE_MS));
    for (const [id, at] of seen) if (at < since.getTime()) seen.delete(id);
    await sleep(FOLLOW_MS, undefined, { signal }).catch(() => {});
  }
}

/** Whether a text names a service or a function of the deployed system. */
export function isLogged({ services }: Pick<Deployment, 'services'>, of: string): boolean {
  return services.some((one) => one.service === of || functionsOf(one).some(({ name }) => name === of));
}

interface LogGroup {
  readonly function: string;
  readonly name: string;
}

/** A function's configuration names its log group. */
async function logGroups({ services, clients }: Logged, of: string | undefined): Promise<LogGroup[]> {
  const all = services.flatMap((one) => functionsOf(one).map((each) => ({ ...each, service: one.service })));
  const chosen = all.filter(({ service, name }) => of === undefined || service === of || name === of);
  if (chosen.length === 0) {
    throw new Failure(
      `There is no service or function "${of}". The functions are: ${all.map(({ name }) => name).join(', ')}.`,
    );
  }
  const groups: LogGroup[] = [];
  await inParallel(CONCURRENCY, chosen, async (one: MapFunction) => {
    const { LoggingConfig } = await clients
      .of(LambdaClient)
      .send(new GetFunctionConfigurationCommand({ FunctionName: one.function }));
    groups.push({ function: one.name, name: LoggingConfig?.LogGroup ?? `/aws/lambda/${one.function}` });
  });
  return groups;
}

async function readEvents(
  { clients }: Pick<Deployment, 'clients'>,
  groups: readonly LogGroup[],
  { containing, since = new Date(Date.now() - HOUR_MS), limit = DEFAULT_LIMIT }: LogFilter,
): Promise<{ readonly id: string; readonly line: LogLine }[]> {
  const client = clients.of(CloudWatchLogsClient);
  const found: { id: string; line: LogLine }[] = [];
  await inParallel(CONCURRENCY, groups, async (group: LogGroup) => {
    let token: string | undefined;
    let read = 0;
    do {
      const { events = [], nextToken } = await filterEvents(client, group.name, {
        startTime: since.getTime(),
        // A quoted pattern matches the text anywhere in the line.
        ...(containing !== undefined && { filterPattern: JSON.stringify(containing) }),
        nextToken: token,
      });
      for (const event of events) {
        if (isPlatform(event.message) || (containing !== undefined && !event.message?.includes(containing))) continue;
        const id = event.eventId ?? `${group.name} ${event.timestamp} ${event.message}`;
        const lines = eachEvent(toLine(event, group), containing);
        found.push(...lines.map((line, index) => ({ id: `${id} ${index}`, line })));
        read += lines.length;
      }
      token = nextToken;
    } while (token !== undefined && read < limit);
  });
  return found.sort((one, other) => (one.line.at < other.line.at ? -1 : Number(one.line.at > other.line.at)));
}

async function filterEvents(
  client: CloudWatchLogsClient,
  logGroupName: string,
  rest: { startTime: number; filterPattern?: string; nextToken?: string },
): Promise<Pick<FilterLogEventsCommandOutput, 'events' | 'nextToken'>> {
  try {
    return await client.send(new FilterLogEventsCommand({ logGroupName, ...rest }));
  } catch (error) {
    // A function that was never called has no log yet.
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return {};
    throw error;
  }
}

/** Whether a line is Lambda's own line about a successful invocation, or a metric. */
function isPlatform(message = ''): boolean {
  return /^(START|END|REPORT|INIT_START) |^\{"_aws"|^\{"time":"[^"]*","type":"platform\.(?!.*"status":"(error|timeout))/.test(
    message,
  );
}

const LEVELS = new Set(['ERROR', 'WARN', 'INFO', 'DEBUG']);

/** Lambda's own lines have `time` and `type` (Lambda Developer Guide, "JSON log format"). */
function toLine({ timestamp = 0, message = '' }: FilteredLogEvent, group: LogGroup): LogLine {
  const { level, message: said, ...fields } = parse(message);
  const text = typeof said === 'string' ? said : message.trim();
  return {
    at: new Date(timestamp).toISOString(),
    function: group.function,
    level: LEVELS.has(String(level)) ? (level as LogLine['level']) : 'INFO',
    message: text,
    fields,
  };
}

/** A relay writes one line for all events of a call. Returns a line for each of them that contains the text. */
function eachEvent(line: LogLine, containing = ''): LogLine[] {
  const { events, ...fields } = line.fields;
  if (line.message !== 'published' || !Array.isArray(events)) return [line];
  const lines = events.map((event: object) => ({ ...line, fields: { ...fields, ...event } }));
  const named = lines.filter((one) => JSON.stringify(one.fields).includes(containing));
  // The text is elsewhere in the line.
  return named.length > 0 ? named : lines;
}

function parse(message: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
