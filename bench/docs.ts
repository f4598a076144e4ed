import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table } from './report';

const NUMBER = /^[\d.,e+-]+$/;

/**
 * Writes tables into the pages of the docs, between `<!-- bench cost.variants -->` and `<!-- /bench -->`.
 *
 * @param measurement the measurement's name
 * @returns the names of the changed pages
 */
export function writeTables(folder: string, measurement: string, tables: readonly Table[]): string[] {
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return pages.filter((name) => {
    const file = join(folder, name);
    const before = readFileSync(file, 'utf8');
    const after = withTables(before, measurement, tables);
    if (after !== before) writeFileSync(file, after);
    return after !== before;
  });
}

/** Returns a page with the tables of a measurement in their places. Tables without a place are left out. */
export function withTables(page: string, measurement: string, tables: readonly Table[]): string {
  return tables.reduce((text, table) => {
    const begin = `<!-- bench ${measurement}.${table.id} -->`;
    const place = new RegExp(`${begin}.*?<!-- /bench -->`, 'gs');
    return text.replace(place, () => `${begin}\n\n${toMarkdown(table)}\n\n<!-- /bench -->`);
  }, page);
}

/** Returns a table with its title, as Markdown with aligned columns. */
export function toMarkdown({ title, head, rows }: Table): string {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const isNumeric = head.map((_, column) => rows.length > 0 && rows.every((row) => NUMBER.test(String(row[column]))));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (isNumeric[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  const [first = [], ...others] = cells;
  const table = [line(first), `| ${rule.join(' | ')} |`, ...others.map(line)].join('\n');
  return title === undefined ? table : `${title}:\n\n${table}`;
}
