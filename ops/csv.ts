/** A character that makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/;

/** The separators of CSV, quotes, and the separators of spreadsheets of other countries. */
const QUOTED = /[",;\t\r\n]/;

/** Formats rows as CSV (RFC 4180), with a head. Text that a spreadsheet would take for a formula begins with an apostrophe. */
export function formatCsv(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, ...rows].map((row) => row.map(formatCell).join(',')).join('\r\n');
}

function formatCell(cell: string | number): string {
  const text = typeof cell === 'string' && FORMULA.test(cell) ? `'${cell}` : String(cell);
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
