import type { Option, Options } from './options';

/** The content of a command's help text. */
export interface Help {
  /** As the user types it, with its arguments: `npm run ops -- orders [orderId …]`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  readonly details?: string;
  readonly options: Options;
  readonly examples?: readonly string[];
}

/** Returns the text that `--help` prints. */
export function formatHelp({ usage, summary, details, options, examples = [] }: Help): string {
  return [
    `Usage: ${usage} [options]`,
    '',
    summary,
    ...(details ? ['', details] : []),
    '',
    ...formatOptions(options),
    ...(examples.length > 0 ? ['', ...examples.map((example) => `  ${example}`)] : []),
  ].join('\n');
}

export function formatOptions(options: Options): string[] {
  const entries = Object.entries(options).map(([name, option]) => [flag(name, option), option.help] as const);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`);
}

function flag(name: string, { value, multiple }: Option): string {
  return `--${name}${value ? ` <${value}>` : ''}${multiple ? ' …' : ''}`;
}
