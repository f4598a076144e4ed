import { camel } from './names';
import type { Project } from './project';

/** The table that a new function uses. */
export interface UsedTable {
  readonly name: string;
  /** Its variable in the service's declaration. */
  readonly variable: string;
  readonly key: string;
  /** Whether it was added here, so that its items are known to have only a key. */
  readonly isNew: boolean;
}

/** Returns a service's table. Adds its declaration if there is none. @param key the partition key of a new table */
export async function useTable(project: Project, service: string, name: string, key: string): Promise<UsedTable> {
  const variable = camel(name);
  const known = await project.tableOf(service, name);
  if (known) return { name, variable, key: known.key, isNew: false };
  project.declare(
    service,
    variable,
    [],
    `export const ${variable} = ${camel(service)}.table('${name}', { key: '${key}' }).of<{ readonly ${key}: string }>();`,
  );
  return { name, variable, key, isNew: true };
}

/** Returns the source of the options `emits` and `uses` of a declaration. */
export function workOptions(emits: readonly { readonly name: string }[], table: UsedTable | undefined): string {
  return [
    ...(emits.length > 0 ? [`emits: [${emits.map(({ name }) => name).join(', ')}]`] : []),
    ...(table ? [`uses: [${table.variable}]`] : []),
  ].join(', ');
}
