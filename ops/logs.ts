import { Failure, UsageError } from '../cli/failure';
import { formatHelp } from '../cli/help';
import { type Options, parseOptions } from '../cli/options';
import { run } from '../cli/run';
import { printable, shorten } from '../cli/text';
import { discover } from '../deployed/discover';
import { runningClouds } from '../deployed/local-clouds';
import { followLogs, isLogged, type LogFilter, type LogLine, readLogs } from '../observe/logs';
import { commonOptions } from './command-line';
import { toFailure } from './sdk-errors';
import { chooseTarget, formatTarget } from './target';
import { parseOptionalTime } from './times';

const COMMAND = 'npm run logs --';

const options = {
  follow: { type: 'boolean', help: 'Continues with new lines until Ctrl-C.' },
  since: { type: 'string', value: 'time', help: 'Lines since this time: 10m, or 2026-01-31T12:00Z (1h).' },
  stacks: { type: 'boolean', help: 'Shows the stack traces of errors.' },
  ...commonOptions,
} as const satisfies Options;

const MAX_LINES_OF_INFO = 200;
const MAX_MESSAGE = 400;

/** `npm run logs -- [service|function|id]`: shows the logs of functions, errors first. */
run(async (lifetime) => {
  const { values, positionals } = parseOptions(COMMAND, options, process.argv.slice(2));
  if (values.help) return console.log(help());
  const [word, ...more] = positionals;
  if (more.length > 0) throw new UsageError('logs takes one service, function or id.');
  const target = chooseTarget(values, process.env, await runningClouds());
  console.error(formatTarget(target));
  try {
    const deployment = await discover(target);
    const since = parseOptionalTime('--since', values.since, new Date());
    const filter: LogFilter = { ...(word !== undefined && chosenBy(word, isLogged(deployment, word))), since };
    const print = (line: LogLine) => console.log(values.json ? JSON.stringify(line) : format(line, values.stacks));
    if (values.follow) {
      for await (const line of followLogs(deployment, filter, lifetime.signal)) print(line);
      return;
    }
    const lines = await readLogs(deployment, filter);
    if (lines.length === 0) throw new Failure(`No line was found${word === undefined ? '' : ` for "${word}"`}.`);
    for (const line of errorsFirst(lines)) print(line);
  } catch (error) {
    throw toFailure(error, target);
  }
});

function help(): string {
  return formatHelp({
    usage: `${COMMAND} [service|function|id]`,
    summary: 'Shows the logs of functions: errors first, then all other lines, oldest first.',
    details: 'An id can be any text in a line: of an event, a correlation, or a message that failed.',
    options,
    examples: [`${COMMAND} payments --follow`, `${COMMAND} orders.advance-order --since 10m`, `${COMMAND} 942723a0-…`],
  });
}

function chosenBy(word: string, isName: boolean): LogFilter {
  return isName ? { of: word } : { containing: word };
}

/** Errors, then warnings, then the newest other lines. */
function errorsFirst(lines: readonly LogLine[]): LogLine[] {
  const at = (level: LogLine['level']) => lines.filter((line) => line.level === level);
  const others = lines.filter(({ level }) => level !== 'ERROR' && level !== 'WARN').slice(-MAX_LINES_OF_INFO);
  return [...at('ERROR'), ...at('WARN'), ...others];
}

/** Fields that identify the function or the line, not what happened. */
const UNINTERESTING = new Set([
  ...['timestamp', 'service', 'consumer', 'stack', 'cold_start', 'function_arn', 'function_memory_size'],
  ...['function_name', 'function_request_id', 'sampling_rate', 'xray_trace_id', 'traceparent', '_aws'],
]);

function format({ at, function: name, level, message, fields }: LogLine, withStack = false): string {
  const told = Object.entries(fields)
    .filter(([field, value]) => !UNINTERESTING.has(field) && value !== undefined)
    .map(([field, value]) => `${field}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  const line = printable(shorten([message, ...told].join(' '), MAX_MESSAGE));
  const stack = withStack && typeof fields.stack === 'string' ? `\n${fields.stack}` : '';
  return `${at.slice(11, 23)} ${level.padEnd(5)} ${name}  ${line}${stack}`;
}
