import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { paymentProcess } from '../../../../lambdas/payments/payment-process';
import { drawProcess } from '../../../../lambdas/runtime/process/draw';

test('docs/payment-provider.md has the diagram of the current process', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'payment-provider.md'), 'utf8');
  expect(page).toContain(`\`\`\`mermaid\n${drawProcess(paymentProcess, 'requested')}\n\`\`\``);
});
