import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { synthesise } from '../infrastructure/synthesis';
import { installedTools } from './tools';

/** A finding of cfn-lint. */
interface Finding {
  readonly Filename: string;
  readonly Level: 'Error' | 'Warning' | 'Informational';
  readonly Message: string;
  readonly Rule: { readonly Id: string };
}

/** One region of each partition: the resources must exist in all of them. A Custom Event Bus exists in the first partition only. */
const REGIONS = ['eu-central-1', 'cn-north-1', 'us-gov-west-1'];

/** Findings that are left as they are, each with the reason. */
const EXPLAINED: Readonly<Record<string, string>> = {
  W3005:
    "The CDK makes a function depend on its role and on the role's policy. Only the policy's is needed; the other is harmless.",
};

/** Fifteen seconds on an idle machine. */
const LINT_TIMEOUT = 600_000;

const { python } = installedTools();
// Both prod and dev are linted: they differ in what is retained, and prod has no simulated services.
const synthesised = () => Promise.all([synthesise('dev'), synthesise('prod'), synthesise('prod', 'v2')]);

(python ? describe : describe.skip)('cfn-lint', () => {
  it(
    'finds nothing in the templates but what is explained here',
    async () => {
      const [dev, prod, v2] = await synthesised();
      const findings = (
        await Promise.all([lint(dev, REGIONS), lint(prod, REGIONS), lint(v2, REGIONS.slice(0, 1))])
      ).flat();
      const unexplained = findings.filter(({ Rule }) => !(Rule.Id in EXPLAINED));
      expect(unexplained.map(({ Filename, Rule, Message }) => `${Filename}: ${Rule.Id} ${Message}`)).toEqual([]);
      expect([...new Set(findings.map(({ Rule }) => Rule.Id))]).toEqual(Object.keys(EXPLAINED));
    },
    LINT_TIMEOUT,
  );
});

describe('the synthesis', () => {
  it('has no warnings, so that "cdk synth --strict" succeeds', async () => {
    for (const folder of await synthesised()) {
      const metadata = filesIn(folder, '.metadata.json');
      expect(metadata.length).toBeGreaterThan(0);
      const warned = metadata.filter((file) => /"aws:cdk:(warning|error)"/.test(readFileSync(file, 'utf8')));
      expect(warned).toEqual([]);
    }
  });

  it('names no partition, region or DNS suffix, so that it fits China and GovCloud', async () => {
    for (const folder of await synthesised()) {
      const fixed = filesIn(folder, '.template.json').filter((file) =>
        /arn:aws[a-z-]*:|amazonaws\.com\//.test(readFileSync(file, 'utf8')),
      );
      expect(fixed).toEqual([]);
    }
  });
});

async function lint(folder: string, regions: readonly string[]): Promise<Finding[]> {
  const main = 'from cfnlint.runner import main; main()';
  const args = ['-c', main, '--format', 'json', '--non-zero-exit-code', 'none', '--regions', ...regions, '--'];
  const { stdout } = await promisify(execFile)(python ?? '', [...args, ...filesIn(folder, '.template.json')], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return (JSON.parse(stdout) as Finding[]).map((one) => ({ ...one, Filename: path.relative(folder, one.Filename) }));
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(folder, name));
}
