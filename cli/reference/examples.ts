import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ROOT } from '../project';

/** The folders of the core's public API. */
const FOLDERS = ['contracts/core', 'lambdas/runtime', 'lib/broker', 'test/kit', 'test/support'];

/** The contracts, declarations and functions that examples use beside the public API. */
const SHOP = path.join(__dirname, 'shop.ts');

/** An example of a docstring as a module. */
export interface ExampleModule {
  /** `lambdas/runtime/consume/consume.ts, example 1`. */
  readonly origin: string;
  /** A file that exists in memory only. */
  readonly file: string;
  /** The imports that the example leaves out, in one line, and the example. */
  readonly text: string;
}

/** Returns the source files of the public API. */
export function publicSources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .sort()
      .map((file) => path.join(ROOT, folder, file)),
  );
}

/**
 * Returns a module for each `@example` in some source files. An example leaves out its imports: the module imports every name
 * that the example uses and does not declare, from the public API or from the shop.
 *
 * @param pages the modules that export the public API
 */
export function exampleModules(sources: readonly string[], pages: readonly string[]): ExampleModule[] {
  const modules = new Map([...pages, SHOP].map((file) => [file, exportedNames(readFileSync(file, 'utf8'))]));
  return sources.flatMap((source) => {
    const origin = path.relative(ROOT, source);
    return examplesIn(readFileSync(source, 'utf8')).map((code, index) => ({
      origin: `${origin}, example ${index + 1}`,
      file: path.join(__dirname, `${origin.replaceAll(/\W/g, '-')}-${index + 1}.ts`),
      text: `${importsFor(code, modules)}\n${code}\nexport {};\n`,
    }));
  });
}

/** Returns the examples in the docstrings of a source text. */
export function examplesIn(source: string): string[] {
  const comments = [...source.matchAll(/\/\*\*(.*?)\*\//gs)].map(([, comment = '']) =>
    comment.replaceAll(/^ *\* ?/gm, '').trimEnd(),
  );
  return comments.flatMap((comment) =>
    [...comment.matchAll(/^@example\n(.*?)(?=^@\w|$(?![\s\S]))/gms)].map(([, code = '']) => code.trim()),
  );
}

/** Returns one sentence for each error in an example. */
export function brokenExamples(program: ts.Program, examples: readonly ExampleModule[]): string[] {
  return examples.flatMap(({ origin, file }) => {
    const source = program.getSourceFile(file);
    const errors = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return errors.map(({ messageText, start = 0 }) => {
      // The imports are the first line.
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${origin}, line ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

function importsFor(code: string, modules: ReadonlyMap<string, readonly string[]>): string {
  const used = new Set(code.match(/\w+/g));
  const declared = new Set(declaredNames(code));
  return [...modules]
    .map(([file, names]) => [file, names.filter((name) => used.has(name) && !declared.has(name))] as const)
    .filter(([, names]) => names.length > 0)
    .map(([file, names]) => `import { ${names.join(', ')} } from './${path.relative(__dirname, file).slice(0, -3)}';`)
    .join(' ');
}

/** The names that a module exports: `export { … } from`, and exported declarations. */
function exportedNames(source: string): string[] {
  return statementsOf(source).flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return namesOf(statement);
    const { exportClause } = statement;
    if (!exportClause) return [];
    return ts.isNamedExports(exportClause)
      ? exportClause.elements.map(({ name }) => name.text)
      : [exportClause.name.text];
  });
}

function declaredNames(code: string): string[] {
  return statementsOf(code).flatMap((statement) => {
    if (!ts.isImportDeclaration(statement)) return namesOf(statement);
    const { name, namedBindings } = statement.importClause ?? {};
    const named =
      namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements.map((one) => one.name) : [];
    return [...(name ? [name] : []), ...named].map(({ text }) => text);
  });
}

function statementsOf(source: string): readonly ts.Statement[] {
  return ts.createSourceFile('source.ts', source, ts.ScriptTarget.ESNext).statements;
}

/** The names that a statement declares. */
function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => bindingsIn(name));
  }
  const { name } = statement as { name?: ts.Node };
  return name && ts.isIdentifier(name) ? [name.text] : [];
}

function bindingsIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindingsIn(element.name) : []));
}
