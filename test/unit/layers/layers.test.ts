import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..', '..', '..');

/** Imports: from which file, to which file. The services `billing` and `audit` do not exist. */
const forbidden = [
  ['lib/broker/a.ts', 'lib/services/audit-stack.ts'],
  ['lib/broker/b.ts', 'contracts/audit.ts'],
  ['lib/broker/c.ts', 'lambdas/audit/a.ts'],
  ['lambdas/runtime/a.ts', 'contracts/audit.ts'],
  ['lambdas/runtime/adapters/b.ts', 'lambdas/audit/a.ts'],
  ['lambdas/runtime/c.ts', 'lib/broker/x.ts'],
  ['lambdas/billing/a.ts', 'lambdas/audit/a.ts'],
  ['lambdas/billing/deep/b.ts', 'lambdas/audit/a.ts'],
  ['lambdas/billing/c.ts', 'lib/services/audit-stack.ts'],
  ['lib/services/billing-stack.ts', 'lib/services/audit-stack.ts'],
  ['lib/services/billing-stack.ts', 'lambdas/audit/a.ts'],
  ['local/a.ts', 'sample/a.ts'],
  ['ops/a.ts', 'local/x.ts'],
  ['console/a.ts', 'lambdas/audit/a.ts'],
  ['test/unit/a.ts', 'contracts/audit.ts'],
  ['cli/circle-a.ts', 'cli/circle-b.ts'],
] as const;

const allowed = [
  ['lib/broker/d.ts', 'contracts/core/x.ts'],
  ['lib/broker/e.ts', 'lambdas/runtime/x.ts'],
  ['lambdas/runtime/d.ts', 'contracts/core/x.ts'],
  ['lambdas/billing/d.ts', 'lambdas/runtime/x.ts'],
  ['lambdas/billing/e.ts', 'contracts/audit.ts'],
  ['lambdas/billing/deep/f.ts', 'lambdas/billing/x.ts'],
  ['lib/services/billing-stack.ts', 'lambdas/billing/x.ts'],
  ['lib/services/billing-stack.ts', 'lib/broker/x.ts'],
  ['sample/b.ts', 'lambdas/audit/a.ts'],
  ['bin/app.ts', 'lib/services/audit-stack.ts'],
  ['cli/circle-b.ts', 'cli/x.ts'],
] as const;

interface Violation {
  readonly from: string;
  readonly to: string;
}

/** Cruises a tree of files with these imports under the project's rules. @returns the imports that are refused */
function refused(): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'layers-'));
  try {
    const imports = new Map<string, string[]>([['cli/circle-b.ts', ['cli/circle-a.ts']]]);
    for (const [from, to] of [...forbidden, ...allowed]) imports.set(from, [...(imports.get(from) ?? []), to]);
    for (const file of new Set([...imports.keys(), ...[...imports.values()].flat()])) {
      const lines = (imports.get(file) ?? []).map((to) => `import '${relative(file, to)}';`);
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), `${[...lines, 'export {};'].join('\n')}\n`);
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const folders = ['bin', 'cli', 'console', 'contracts', 'lambdas', 'lib', 'local', 'ops', 'sample', 'test'];
    const { stdout, stderr } = spawnSync(
      path.join(ROOT, 'node_modules', '.bin', 'depcruise'),
      [...folders, '--config', path.join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json'],
      { cwd: folder, encoding: 'utf8' },
    );
    if (!stdout.startsWith('{')) throw new Error(stderr);
    const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
    return [...new Set(summary.violations.map(({ from, to }) => `${from} → ${to}`))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function relative(from: string, to: string): string {
  const way = path.relative(path.dirname(from), to).replace(/\.ts$/, '');
  return way.startsWith('.') ? way : `./${way}`;
}

test('refuses imports that cross the layers, and no others', () => {
  const names = forbidden.map(([from, to]) => `${from} → ${to}`);
  expect(refused().sort()).toEqual(names.sort());
}, 30_000);
