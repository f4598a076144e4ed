import { placeOf } from '../../cli/place';
import { ROOT } from '../../cli/project';

const LINES_QUOTED = 12;

/**
 * Returns the first error in the output of a failed CDK command: of a stack that was not deployed, of the code of the
 * application, or of a bundle. Without the stack trace, but with the file and line.
 */
export function failureReason(lines: readonly string[], root = ROOT): string {
  return (
    stackFailure(lines) ?? compilerError(lines, root) ?? codeError(lines, root) ?? `it printed\n${quoteError(lines)}`
  );
}

/** A stack that CloudFormation did not deploy: its name, the resource and the reason. */
function stackFailure(lines: readonly string[]): string | undefined {
  const failed = lines.findIndex((line) => line.includes('❌'));
  const [, stack] = /❌\s+(\S+)/.exec(lines[failed] ?? '') ?? [];
  if (stack === undefined) return undefined;
  const rest = lines.slice(failed + 1);
  const end = rest.findIndex((line) => line.trim() === '' || line.startsWith('Source Location'));
  const reason = rest.slice(0, end === -1 ? rest.length : end).map((line) => line.replace(/^‣ /, '').trim());
  return `stack ${stack}: ${reason.join(' ')}`;
}

/** `lambdas/inventory/reserve-stock.ts:27:10: ERROR: Unexpected ";"`: how esbuild and tsx report a syntax error. */
function compilerError(lines: readonly string[], root: string): string | undefined {
  for (const line of lines) {
    const [, file, number, message] =
      /^(\S+):(\d+):\d+: ERROR: (?:\[plugin: [^\]]+\] )?(.+?)(?: \[plugin [^\]]+\])?$/.exec(line) ?? [];
    if (file) return `${message} (${file.replace(`${root}/`, '')}:${number})`;
  }
  return undefined;
}

/** An error with a stack trace: its message, which may have several lines, and the first line of this project. */
function codeError(lines: readonly string[], root: string): string | undefined {
  const first = lines.findIndex((line) => /^(\w*Error)( \[\w+\])?: ./.test(line));
  if (first === -1) return undefined;
  const rest = lines.slice(first);
  const trace = rest.findIndex((line) => /^\s+at /.test(line));
  const message = rest.slice(0, trace === -1 ? LINES_QUOTED : trace).join('\n');
  const place = placeOf(rest.slice(Math.max(0, trace)).join('\n'), root);
  return message.replace(/^Error: /, '').trimEnd() + (place ? ` (${place})` : '');
}

function quoteError(lines: readonly string[]): string {
  const error = lines.findIndex((line) => /error/i.test(line));
  return (error === -1 ? lines.slice(-LINES_QUOTED) : lines.slice(error, error + LINES_QUOTED)).join('\n');
}
