import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GUARDED } from '../../lib/broker/security-checks';
import { everyStage, type SynthesisedApp } from './app';
import { type StageName, SYNTHESIS_TIMEOUT } from './synthesis';

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly conclusion: string;
    readonly violations: readonly Violation[];
    readonly suppressedViolations?: readonly (Violation & { readonly reason?: string })[];
  }[];
}

interface Violation {
  readonly ruleName: string;
  readonly violatingConstructs: readonly { readonly constructPath: string }[];
}

let stages: Record<StageName, SynthesisedApp>;
beforeAll(async () => {
  stages = await everyStage();
}, SYNTHESIS_TIMEOUT);

const report = (app: SynthesisedApp) => app.json<Report>('validation-report.json');

// A finding fails the synthesis before this test. This test finds checks that did not run at all.
test.each(['dev', 'prod'] as const)(
  'Guard finds nothing in stage %s, and the CDK’s rules find nothing in dev',
  (stage) => {
    const { pluginReports } = report(stages[stage]);
    expect(pluginReports.map(({ pluginName }) => pluginName)).toContain('cdk-validator-cfnguard');
    const found = pluginReports.flatMap(({ violations }) =>
      violations.map(({ ruleName, violatingConstructs: [first] }) => `${ruleName}: ${first?.constructPath}`),
    );
    expect(found).toEqual([]);
  },
);

test('every exception has a reason of at least four words', () => {
  const exceptions = [stages.dev, stages.prod].flatMap((app) => [
    ...report(app).pluginReports.flatMap(({ suppressedViolations = [] }) =>
      suppressedViolations.map(({ ruleName, reason = '' }) => ({ rule: ruleName, reason })),
    ),
    ...acknowledged(app),
  ]);
  expect(exceptions.length).toBeGreaterThan(10);
  expect(exceptions.filter(({ reason }) => reason.split(' ').length < 4)).toEqual([]);
});

/** The rules that constructs have acknowledged, from the assembly's metadata. */
function acknowledged(app: SynthesisedApp): { rule: string; reason: string }[] {
  const metadata = app.services.map((service) =>
    app.json<Record<string, { type: string; data: Record<string, string> }[]>>(`${service}.metadata.json`),
  );
  return metadata
    .flatMap((file) => Object.values(file))
    .flat()
    .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
    .flatMap(({ data }) => Object.entries(data).map(([rule, reason]) => ({ rule, reason })));
}

test('Guard gets the rules for every type of resource in the app', () => {
  const rules = join(
    dirname(require.resolve('@cdklabs/cdk-validator-cfnguard/package.json')),
    'rules',
    'control-tower',
    'cfn-guard',
  );
  const types = [...new Set(Object.values(stages).flatMap((app) => app.types))];
  const concerned = readdirSync(rules).filter((service) =>
    readdirSync(join(rules, service)).some((file) => {
      // The way in which rules select resources. A type can also occur in an example or as the target of a reference.
      const selected = readFileSync(join(rules, service, file), 'utf8').matchAll(/^let \w+ = "(AWS::\w+::\w+)"$/gm);
      return [...selected].some(([, type = '']) => types.includes(type));
    }),
  );
  expect(concerned.filter((service) => !GUARDED.includes(service))).toEqual([]);
});
