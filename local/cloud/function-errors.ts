import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { placeOf } from '../../cli/place';
import { printable, shorten } from '../../cli/text';
import type { EndpointManifest, Manifest } from '../../lib/broker/manifest';
import { errorFile } from '../emulator/error-file';

/** A line of the error file: an invocation that failed or logged (`local/emulator/python/sitecustomize.py`). */
export interface Invocation {
  /** The physical name of the function. */
  readonly function: string;
  /** The error that the handler threw; null when it returned. */
  readonly error: { readonly errorType?: string; readonly errorMessage?: string } | null;
  /** The function's log: one JSON object on each line. */
  readonly log: string;
}

/** A line of a function's log (`lambdas/runtime/aws/aws-runtime.ts`). */
interface LogLine {
  readonly level?: string;
  readonly message?: string;
  readonly error?: string;
  readonly stack?: string;
}

const POLL_MS = 500;
const MAX_LENGTH = 300;

/**
 * Prints the errors of the functions of a running cloud, each once: the same error of the same function at the same line is
 * not repeated. Returns when the signal aborts.
 */
export async function watchFunctionErrors(
  { directory, services }: { readonly directory: string; readonly services: readonly ServiceFunctions[] },
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const names = functionNames(services);
  const printed = new Set<string>();
  for await (const line of followLines(errorFile(directory), signal)) {
    for (const { key, text } of errorsOf(parseInvocation(line), names)) {
      if (!printed.has(key)) print(text);
      printed.add(key);
    }
  }
}

/** A line that was cut, because the emulator was killed, is no reason to stop. */
function parseInvocation(line: string): Invocation {
  try {
    return JSON.parse(line) as Invocation;
  } catch {
    return { function: '', error: null, log: '' };
  }
}

/** An error of a function, for people. */
export interface FunctionError {
  readonly text: string;
  /** Equal for repetitions: the function, the type of the error, and the place, but not ids and numbers in the message. */
  readonly key: string;
}

/** Returns the errors of an invocation: the error that the handler threw, and log lines with an error. */
export function errorsOf(invocation: Invocation, names: ReadonlyMap<string, string>): FunctionError[] {
  const { function: physicalName, error, log } = invocation;
  const name = names.get(physicalName) ?? physicalName;
  const logged = log.split('\n').flatMap((line) => {
    const { level = '', message, error: text, stack = '' } = parseLogLine(line);
    const isError = text !== undefined && /^(WARN|ERROR)$/.test(level);
    return isError ? [toFunctionError(`${name} ${message}`, text, stack)] : [];
  });
  if (error === null) return logged;
  return [...logged, toFunctionError(`${name} failed`, messageOf(error), `${error.errorMessage}\n${log}`)];
}

function toFunctionError(what: string, message: string, stack: string): FunctionError {
  const place = placeOf(stack);
  const sentence = shorten(printable(message.split('\n')[0] ?? ''), MAX_LENGTH);
  const type = /^(\w+): /.exec(message)?.[1] ?? '';
  return {
    text: `${what}: ${sentence}${place ? ` (${place})` : ''}`,
    key: `${what} ${place ? `${type} ${place}` : sentence}`,
  };
}

/** The emulator reports every error of a handler as `Runtime.HandlerError`. */
function messageOf({ errorType = '', errorMessage = '' }: NonNullable<Invocation['error']>): string {
  return errorType === '' || errorType.startsWith('Runtime.') ? errorMessage : `${errorType}: ${errorMessage}`;
}

function parseLogLine(line: string): LogLine {
  if (!line.startsWith('{')) return {};
  try {
    const { level, message, error, stack } = JSON.parse(line) as Record<string, unknown>;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return { level: text(level), message: text(message), error: text(error), stack: text(stack) };
  } catch {
    return {};
  }
}

/** The functions of a service, as in its manifest. */
export interface ServiceFunctions extends Pick<Manifest, 'service'> {
  readonly relay: { readonly function: string };
  readonly subscriptions: readonly FunctionName[];
  readonly endpoints: readonly FunctionName[];
  readonly schedules?: readonly FunctionName[];
}

type FunctionName = Pick<EndpointManifest, 'name' | 'function'>;

/** Physical name → `inventory.reserve-stock`. */
export function functionNames(services: readonly ServiceFunctions[]): ReadonlyMap<string, string> {
  return new Map(
    services.flatMap(({ service, relay, subscriptions, endpoints, schedules = [] }) => [
      [relay.function, `${service}.relay`] as const,
      ...[...subscriptions, ...endpoints, ...schedules].map((one) => [one.function, `${service}.${one.name}`] as const),
    ]),
  );
}

/** Yields the lines that a file has and gets. The file need not exist yet. */
async function* followLines(path: string, signal: AbortSignal): AsyncGenerator<string> {
  let position = 0;
  let rest = '';
  while (!signal.aborted) {
    const file = await open(path).catch(() => undefined);
    if (file !== undefined) {
      const { bytesRead, buffer } = await file.read({
        position,
        buffer: Buffer.alloc((await file.stat()).size - position),
      });
      await file.close();
      position += bytesRead;
      const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}
