import { printable } from './text';

export type Cell = string | number;

const NUMBER = /^\d+(\.\d+)?$/;

/**
 * Formats lines of text with aligned columns: columns with numbers to the right, others to the left.
 *
 * Not `cli-table3`: all its borders would have to be switched off, and each column's alignment be set.
 */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => printable(String(cell))));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumeric = head.map((_, column) => cells.some((row) => NUMBER.test(row[column] ?? '')));
  const pad = (cell: string, column: number) =>
    isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return cells.map((row) => row.map(pad).join('   ').trimEnd()).join('\n');
}
