import { toMarkdown, withTables } from '../../../bench/docs';

const table = { id: 'lines', head: ['unit', '$'], rows: [['write units', '1.25']] };

test('writes a table into its place, and leaves the rest of the page', () => {
  const page = 'Before.\n\n<!-- bench cost.lines -->\nold\n<!-- /bench -->\n\nAfter.\n';
  const written = withTables(page, 'cost', [table]);
  expect(written).toBe(`Before.\n\n<!-- bench cost.lines -->\n\n${toMarkdown(table)}\n\n<!-- /bench -->\n\nAfter.\n`);
  expect(withTables(written, 'cost', [table])).toBe(written);
});

test('leaves the places of other measurements', () => {
  const page = '<!-- bench peak.lines -->\n<!-- /bench -->';
  expect(withTables(page, 'cost', [table])).toBe(page);
});

test('aligns the columns, and numbers to the right', () => {
  expect(toMarkdown(table)).toBe('| unit        |    $ |\n| ----------- | ---: |\n| write units | 1.25 |');
});
