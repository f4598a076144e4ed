import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findFunctions } from '../../cli/declarations';
import { ROOT } from '../../cli/project';
import { loadContracts } from '../../contracts/core/load-contracts';
import { toAsyncApi } from './asyncapi';
import type { DeclaredSystem } from './declared';
import { toMarkdown } from './mermaid';
import { toOpenApis } from './openapi';

/** The folder of the map. */
export const MAP = path.join(ROOT, 'docs', 'map');

/** Returns the system that this checkout declares. */
export async function declaredSystem(): Promise<DeclaredSystem> {
  const { name, version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as DeclaredSystem;
  const [contracts, functions] = await Promise.all([loadContracts(), findFunctions()]);
  return { name, version, contracts, declarations: functions.map(({ declaration }) => declaration) };
}

/** Returns the files of the map: name → content. */
export function mapFiles(system: DeclaredSystem): ReadonlyMap<string, string> {
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ['README.md', toMarkdown(system)],
    ['asyncapi.json', json(toAsyncApi(system))],
    ...[...toOpenApis(system)].map(([service, api]) => [`openapi.${service}.json`, json(api)] as const),
  ]);
}
