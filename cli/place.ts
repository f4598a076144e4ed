import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './project';

/** `at f (/folder/file.ts:12:5)`, `at /folder/file.ts:12:5`, and the line that Node prints above a syntax error. */
const FRAME = /(?:^|[\s(])(?:file:\/\/)?(\/[^\s():]+):(\d+)(?::\d+)?/gm;

/**
 * Returns the first file and line in a stack trace that belong to this project, as `lambdas/inventory/reserve-stock.ts:12`.
 *
 * The functions of a local cloud run in other folders, some of them below `.local`. A path there ends with the path of the
 * source file in the project.
 */
export function placeOf(stack: string, root = ROOT): string | undefined {
  for (const [, file = '', line] of stack.matchAll(FRAME)) {
    const own = file.includes('/node_modules/') ? undefined : pathInProject(file, root);
    if (own !== undefined) return `${own}:${line}`;
  }
  return undefined;
}

function pathInProject(file: string, root: string): string | undefined {
  const parts = file.replace(`${root}/`, '').split('/').filter(Boolean);
  const suffixes = parts.slice(0, -1).map((_, first) => parts.slice(first).join('/'));
  return suffixes.find((suffix) => !suffix.startsWith('.local/') && existsSync(path.join(root, suffix)));
}
