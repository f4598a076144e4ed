import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Application, Context, DeclarationReflection, LogLevel, ProjectReflection, TypeDocOptions } from 'typedoc';
import ts from 'typescript';
import { ROOT } from '../project';
import { brokenExamples, exampleModules, publicSources } from './examples';

/** The folder of the reference. */
export const REFERENCE = path.join(ROOT, 'docs', 'reference');

/** One module for each page: it exports what the page describes. Together they are the core's public API. */
const PAGES = path.join(__dirname, 'pages');

/** The generated pages, and the problems of the docstrings. */
export interface Reference {
  /** File name → content. */
  readonly files: ReadonlyMap<string, string>;
  /** Exports without a docstring, and links that lead nowhere. One sentence each. */
  readonly problems: readonly string[];
  /** Examples that do not compile. One sentence each. */
  readonly brokenExamples: readonly string[];
}

/**
 * Generates the reference of the core's public API from its docstrings, and compiles their examples. Takes seconds, because the
 * types of aws-cdk-lib are parsed. One program serves both.
 *
 * @param moreSources further files whose examples are compiled. @default none
 */
export async function buildReference(moreSources: readonly string[] = []): Promise<Reference> {
  const pages = readdirSync(PAGES).map((file) => path.join(PAGES, file));
  const examples = exampleModules([...publicSources(), ...moreSources], pages);
  const program = compile(pages, new Map(examples.map(({ file, text }) => [file, text])));
  const { files, problems } = await document(program, pages);
  return { files, problems, brokenExamples: brokenExamples(program, examples) };
}

/** The index of aws-cdk-lib. Without its namespaces, TypeScript does not parse the types of 350 AWS services. */
const CDK_INDEX = require.resolve('aws-cdk-lib').replace(/\.js$/, '.d.ts');
const cdkIndex = readFileSync(CDK_INDEX, 'utf8').replaceAll(/^export \* as .*$/gm, '');

/** Creates a program of files on disk and files in memory. */
function compile(files: readonly string[], sources: ReadonlyMap<string, string>): ts.Program {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { compilerOptions } = config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...compilerOptions, noUnusedLocals: false, noUnusedParameters: false },
    ROOT,
  );
  const inMemory = new Map([...sources, [CDK_INDEX, cdkIndex]]);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => inMemory.has(file) || fileExists(file);
  host.readFile = (file) => inMemory.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = inMemory.get(file);
    return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  return ts.createProgram([...files, ...sources.keys()], options, host);
}

async function document(program: ts.Program, pages: readonly string[]): Promise<Omit<Reference, 'brokenExamples'>> {
  // An ES module.
  const typedoc = await import('typedoc');
  const app = await typedoc.Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    ...CONTENT,
    ...LAYOUT,
  });
  const problems: string[] = [];
  app.logger = new (class extends typedoc.Logger {
    override log(message: string, level: LogLevel): void {
      if (level >= typedoc.LogLevel.Warn) problems.push(message);
    }
  })();
  app.converter.on(typedoc.Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) =>
    removeInherited(project, typedoc.ReflectionKind.Class),
  );
  const project = app.converter.convert(
    pages.map((file) => ({
      displayName: path.basename(file, '.ts'),
      program,
      sourceFile: program.getSourceFile(file) as ts.SourceFile,
    })),
  );
  app.validate(project);
  return { files: await render(app, project), problems };
}

/** Removes members that a class only inherits: its base class describes them. */
function removeInherited(project: ProjectReflection, kind: number): void {
  for (const reflection of project.getReflectionsByKind(kind) as DeclarationReflection[]) {
    for (const member of [...(reflection.children ?? [])]) {
      if (member.inheritedFrom) project.removeReflection(member);
    }
  }
}

async function render(app: Application, project: ProjectReflection): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reference-'));
  try {
    app.options.setValue('outputs', [{ name: 'markdown', path: folder }]);
    await app.generateOutputs(project);
    return new Map(
      readdirSync(folder)
        .sort()
        .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CONTENT = {
  name: 'Reference',
  readme: 'none',
  logLevel: 'Warn',
  // Line numbers would be out of date after every change.
  disableSources: true,
  excludeExternals: true,
  excludePrivate: true,
  excludeInternal: true,
  skipErrorChecking: true,
  // A deployed system for tools: tests read the URL of an API from it.
  intentionallyNotExported: ['Deployment'],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  sort: ['source-order'],
  groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Variables'],
} satisfies TypeDocOptions;

const LAYOUT = {
  router: 'module',
  flattenOutputFiles: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  indexFormat: 'table',
  pageTitleTemplates: { module: ({ name }: { readonly name: string }) => name.charAt(0).toUpperCase() + name.slice(1) },
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  tableColumnSettings: { hideDefaults: true, hideInherited: true, hideModifiers: true, hideOverrides: true },
} as const;
