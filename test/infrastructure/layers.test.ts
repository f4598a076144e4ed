import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './synthesis';

/** From which file to which module; the services `billing` and `audit` do not exist yet. */
const forbidden = [
  ['lib/broker/a.ts', '../services/audit-stack'],
  ['lib/broker/a.ts', '../../contracts'],
  ['lib/broker/a.ts', '../../contracts/audit'],
  ['lib/broker/a.ts', '../../lambdas/audit/a'],
  ['lambdas/runtime/a.ts', '../audit/a'],
  ['lambdas/runtime/a.ts', '../../contracts'],
  ['lambdas/runtime/a.ts', '../../contracts/audit'],
  ['lambdas/runtime/a.ts', '../../lib/services/audit-stack'],
  ['lambdas/runtime/adapters/a.ts', '../../audit/a'],
  ['lambdas/runtime/adapters/a.ts', '../../../contracts/audit'],
  ['lambdas/billing/a.ts', '../audit/a'],
  ['lambdas/billing/a.ts', '../../lambdas/audit/a'],
  ['lambdas/billing/a.ts', '../../lib/services/audit-stack'],
  ['lambdas/billing/deep/a.ts', '../../audit/a'],
  ['lib/services/billing-stack.ts', './audit-stack'],
  ['lib/services/billing-stack.ts', '../services/audit-stack'],
  ['lib/services/billing-stack.ts', '../../lambdas/audit/a'],
] as const;

const allowed = [
  ['lib/broker/a.ts', './b'],
  ['lib/broker/a.ts', '../../contracts/contract'],
  ['lib/broker/a.ts', '../../lambdas/runtime/settings'],
  ['lib/broker/a.ts', '../../lambdas/runtime/channels/topic'],
  ['lib/broker/a.ts', 'aws-cdk-lib/aws-sqs'],
  ['lambdas/runtime/a.ts', './b'],
  ['lambdas/runtime/a.ts', './channels/b'],
  ['lambdas/runtime/a.ts', '../../contracts/contract'],
  ['lambdas/runtime/adapters/a.ts', '../b'],
  ['lambdas/runtime/adapters/a.ts', '../../../contracts/contract'],
  ['lambdas/billing/a.ts', './b'],
  ['lambdas/billing/a.ts', '../runtime/consume'],
  ['lambdas/billing/a.ts', '../../contracts/audit'],
  ['lambdas/billing/a.ts', '../../contracts'],
  ['lambdas/billing/deep/a.ts', '../b'],
  ['lambdas/billing/deep/a.ts', '../../runtime/consume'],
  ['lib/services/billing-stack.ts', '../broker/service-stack'],
  ['lib/services/billing-stack.ts', '../../contracts'],
  ['lib/services/billing-stack.ts', 'aws-cdk-lib'],
] as const;

type Import = readonly [file: string, module: string];

/** Lints files with one import each, under the project's own rules. @returns the imports that are refused */
function refused(imports: readonly Import[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  try {
    const { vcs: _, ...rules } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(rules));
    const files = imports.map(([file, module], index) => {
      // One file for each import, at the same depth.
      const path = file.replace(/([^/]+)\.ts$/, `$1-${index}.ts`);
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), `import '${module}';\n`);
      return { path, name: `${file} → ${module}` };
    });
    const biome = join(ROOT, 'node_modules', '.bin', 'biome');
    const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none'];
    const { stdout, stderr } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' });
    if (!stdout.includes('"summary"')) throw new Error(stderr);
    return files.filter(({ path }) => stdout.includes(path)).map(({ name }) => name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const names = (imports: readonly Import[]) => imports.map(([file, module]) => `${file} → ${module}`);

test('the core imports nothing of the sample, and no service imports another', () => {
  expect(refused(forbidden)).toEqual(names(forbidden));
});

test('everybody may import contracts, and the sample may import the core', () => {
  expect(refused(allowed)).toEqual([]);
});
