import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { orderProcess } from '../../../../lambdas/orders/order-process';
import { drawProcess } from '../../../../lambdas/runtime/process/draw';

test('docs/order-process.md has the diagram of the current process', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'order-process.md'), 'utf8');
  expect(page).toContain(`\`\`\`mermaid\n${drawProcess(orderProcess, 'unknown')}\n\`\`\``);
});
