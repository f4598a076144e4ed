import { execFileSync } from 'node:child_process';
import { loadContracts } from '../../contracts/core/load-contracts';
import { Failure, UsageError } from '../failure';
import { formatHelp } from '../help';
import { helpOption, type Options, parseOptions, seeHelp } from '../options';
import { ROOT } from '../project';
import { run } from '../run';
import { addEndpoint } from './endpoint';
import { addEvent } from './event';
import { FIELD_TYPES, fieldOf, parseFields } from './fields';
import { GeneratedFiles } from './generated-files';
import { kebabName } from './names';
import { addService, Project } from './project';
import { addSchedule } from './schedule';
import { addSubscription } from './subscription';

const NEW = 'npm run new --';

const emits = {
  type: 'string',
  multiple: true,
  value: 'event',
  help: 'An event to publish. Created if it is new.',
} as const;
const fields = {
  type: 'string',
  value: 'list',
  help: `For example "orderId, points:int". Types: ${FIELD_TYPES}.`,
} as const;
const table = { type: 'string', value: 'name', help: 'A table of the service. Created if it is new.' } as const;
const all = {
  to: { type: 'string', multiple: true, value: 'event', help: 'An event to subscribe to.' },
  emits,
  fields,
  table,
  route: { type: 'string', value: 'route', help: 'Method and path: "POST /points", "GET /points/{customerId}".' },
  every: { type: 'string', value: 'interval', help: 'Interval in minutes, hours or days: 15m, 1h, 1d.' },
} as const satisfies Options;

type Option = keyof typeof all;

interface Kind {
  readonly words: string;
  readonly summary: string;
  readonly options: readonly Option[];
}

const kinds: Readonly<Record<string, Kind>> = {
  service: { words: '<name>', summary: 'A service with its own stack.', options: [] },
  subscription: {
    words: '<service> <name> --to <event> …',
    summary: 'A function that consumes events from its own queue.',
    options: ['to', 'emits', 'table'],
  },
  event: {
    words: '<service> <Name>',
    summary: 'A contract, owned by the service that publishes it.',
    options: ['fields'],
  },
  endpoint: {
    words: '<service> <name> --route <route>',
    summary: 'A function behind a route of the service’s HTTP API.',
    options: ['route', 'fields', 'emits', 'table'],
  },
  schedule: {
    words: '<service> <name> --every <interval>',
    summary: 'A function that runs at a fixed rate.',
    options: ['every', 'emits'],
  },
};

/** `npm run new`: writes the files of a new service, subscription, event, endpoint or schedule, and adds it to the files that list it. */
run(async () => {
  const [kind = '--help', ...args] = process.argv.slice(2);
  if (kind === '--help' || kind === 'help') return console.log(overview());
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!known) throw new UsageError(`There is no kind "${kind}": use ${Object.keys(kinds).join(', ')}. ${seeHelp(NEW)}`);
  const command = `${NEW} ${kind}`;
  const options: Options = { ...Object.fromEntries(known.options.map((name) => [name, all[name]])), ...helpOption };
  const { values, positionals } = parseOptions(command, options, args);
  if ('help' in values) {
    return console.log(formatHelp({ usage: `${command} ${known.words}`, summary: known.summary, options }));
  }
  const wanted = known.words.match(/^<\w+>(?: <[nN]ame>)?/)?.[0].split(' ').length;
  if (positionals.length !== wanted) {
    throw new UsageError(`Usage: ${command} ${known.words}. ${seeHelp(command)}`);
  }
  const project = new Project(ROOT, await loadContracts());
  const [first = '', second = ''] = positionals;
  await add(project, kind, first, second, values as Given);
  const files = finish(project);
  console.log(report(files, kind, first, second));
});

interface Given {
  readonly to?: readonly string[];
  readonly emits?: readonly string[];
  readonly fields?: string;
  readonly table?: string;
  readonly route?: string;
  readonly every?: string;
}

async function add(project: Project, kind: string, service: string, name: string, given: Given): Promise<void> {
  if (kind === 'service') return addService(project, kebabName('service', service));
  if (kind === 'event') {
    addEvent(project, service, name, given.fields ? parseFields(given.fields) : [fieldOf('id', 'id')]);
    return;
  }
  if (kind === 'subscription') return addSubscription(project, { service, name, to: [], ...given });
  if (kind === 'endpoint') return addEndpoint(project, { service, name, ...given });
  addSchedule(project, { service, name, ...given });
}

interface WrittenFile {
  /** Relative to the root. */
  readonly file: string;
  readonly isNew: boolean;
}

/** The folders of the schemas and the map. */
const GENERATED = ['contracts/schemas', 'docs/map'];

/** Writes and formats the files, the schemas of new contracts and the map. Undoes everything if a step fails. */
function finish(project: Project): readonly WrittenFile[] {
  const generated = new GeneratedFiles(ROOT, GENERATED);
  project.write();
  try {
    execute('node_modules/.bin/biome', 'check', '--write', ...project.files.map(({ file }) => file));
    if (project.files.some(({ file }) => file.startsWith('contracts/'))) {
      execute(process.execPath, 'cli/launch.cjs', 'contracts/core/write-schemas.ts');
    }
    execute(process.execPath, 'cli/launch.cjs', 'observe/map/write-map.ts');
    return [...project.files, ...generated.changed];
  } catch (error) {
    project.undo();
    generated.undo();
    throw error;
  }
}

function execute(command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Failure(`Nothing was changed, because ${command} failed:\n${stdout}${stderr}`.trim());
  }
}

function report(files: readonly WrittenFile[], kind: string, service: string, name: string): string {
  const lines = files.map(({ file, isNew }) => `  ${isNew ? 'wrote  ' : 'changed'}  ${file}`);
  const contracts = `contracts/${service}.ts`;
  const publish = 'After each change of its fields: npm run schemas && npm run map.';
  const next = {
    service: [`${NEW} endpoint ${service} …, or ${NEW} subscription ${service} …`],
    event: [`Describe ${name} in ${contracts}. ${publish}`, `${NEW} subscription <service> <name> --to ${name}`],
  }[kind] ?? [
    `Write what ${name} does in lambdas/${service}/${name}.ts.`,
    ...(files.some(({ file }) => file === contracts) ? [`Add fields to the event in ${contracts}. ${publish}`] : []),
    `npx jest lambdas/${service}`,
    'npm start runs it on this machine; npm run deploy adds it to a local cloud that is running.',
  ];
  return [...lines, '', 'Next:', ...next.map((step, index) => `  ${index + 1}. ${step}`)].join('\n');
}

function overview(): string {
  const rows = Object.entries(kinds).map(
    ([name, { words, summary }]) => `  ${`${name} ${words}`.padEnd(46)}  ${summary}`,
  );
  return [
    `Usage: ${NEW} <kind> … [options]`,
    '',
    'Writes the files of something new, and adds it to the files that list it. Nothing is overwritten.',
    '',
    ...rows,
    '',
    `  ${NEW} service loyalty`,
    `  ${NEW} subscription loyalty grant-points --to OrderCompleted --emits LoyaltyPointsGranted`,
    '',
    `Options of a kind: ${NEW} <kind> --help`,
  ].join('\n');
}
