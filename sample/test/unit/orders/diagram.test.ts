import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawProcess } from '../../../../lambdas/orders/diagram';

test('docs/order-process.md shows the process as it is', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'order-process.md'), 'utf8');
  expect(page).toContain(`\`\`\`mermaid\n${drawProcess()}\n\`\`\``);
});
