import { UsageError } from '../failure';
import { emitted } from './event';
import { fieldOf, objectSchema } from './fields';
import { camel, kebabName } from './names';
import type { Project } from './project';
import { dataSource, sharedFields } from './sample-data';
import { workOptions } from './table';

export interface ScheduleRequest {
  readonly service: string;
  readonly name: string;
  /** `15m`, `1h` or `1d`. */
  readonly every?: string;
  readonly emits?: readonly string[];
}

const UNITS = {
  m: { duration: 'minutes', milliseconds: 60_000 },
  h: { duration: 'hours', milliseconds: 3_600_000 },
  d: { duration: 'days', milliseconds: 86_400_000 },
} as const;

/** Adds a schedule: declaration, handler, test, and its line in the stack. */
export function addSchedule(project: Project, { service, name, every = '', emits: names = [] }: ScheduleRequest): void {
  project.declarationOf(service);
  kebabName('schedule', name);
  const [, count = '', unit] = /^([1-9]\d{0,3})([mhd])$/.exec(every) ?? [];
  if (unit === undefined) {
    throw new UsageError(`--every must be minutes, hours or days, for example 15m, 1h or 1d, not "${every}".`);
  }
  const { duration, milliseconds } = UNITS[unit as keyof typeof UNITS];
  const emits = emitted(project, service, names, [fieldOf('dueAt', 'time')]);
  const variable = camel(name);
  project.declare(
    service,
    variable,
    emits.map((contract) => project.importOf(contract, '../..')),
    `export const ${variable} = ${camel(service)}.schedule('${name}'${emits.length > 0 ? `, { ${workOptions(emits, undefined)} }` : ''});`,
  );
  project.addToStack(service, variable, `this.schedule(${variable}, { every: Duration.${duration}(${count}) });`, [
    "import { Duration } from 'aws-cdk-lib';",
  ]);
  const due = objectSchema([fieldOf('dueAt', 'time')]);
  const steps = emits.map((contract) => {
    const data = dataSource(contract.schema, sharedFields(contract.schema, [due]));
    return `    unit.emit(${contract.name}, ${data});`;
  });
  const interval = (Number(count) * milliseconds).toLocaleString('en-US').replaceAll(',', '_');
  project.create(
    `lambdas/${service}/${name}.ts`,
    `${emits.map((contract) => project.importOf(contract, '../..')).join('\n')}
import { scheduled } from '../runtime/schedule/scheduled';
import { ${variable} } from './service';

/** As in the stack: every run within one interval has the same cause, so a run that is repeated has one effect. */
const INTERVAL_MS = ${interval};

export const handler = scheduled(${variable}, async ({ runtime, work }) => {
  const dueAt = new Date(Math.floor(runtime.now().getTime() / INTERVAL_MS) * INTERVAL_MS).toISOString();
  await work({ id: dueAt, correlationId: dueAt }, async (${steps.length > 0 ? 'unit' : ''}) => {
${steps.length > 0 ? steps.join('\n') : '    // Add the parameter (unit): load, decide, and stage writes and events on it.'}
  });
});
`,
  );
  const published = emits.map((contract) => `'${contract.name}'`).join(', ');
  project.create(
    `lambdas/${service}/${name}.test.ts`,
    `import { HandlerWorld } from '../../test/kit';
import { handler } from './${name}';

test('has one effect, even when a run is repeated', async () => {
  const world = new HandlerWorld();
  await world.runScheduled(handler);
  await world.runScheduled(handler);
  expect(world.published().map(({ name }) => name)).toEqual([${published}]);
});
`,
  );
}
