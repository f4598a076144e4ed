import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as all from '..';
import { contractsIn } from './contracts-in';
import { findDrift, readPublished, SCHEMAS, updates } from './published-schemas';

/** `npm run schemas`: writes the schemas of new versions and of compatible changes; names what is incompatible. */
const contracts = contractsIn(all);
const changed = updates(contracts, readPublished());
mkdirSync(SCHEMAS, { recursive: true });
for (const [file, schema] of changed) {
  writeFileSync(join(SCHEMAS, file), `${JSON.stringify(schema, null, 2)}\n`);
  console.log(`Written: contracts/schemas/${file}`);
}
const problems = findDrift(contracts, readPublished());
for (const problem of problems) console.error(problem);
if (changed.size === 0 && problems.length === 0) console.log('The schemas are up to date.');
process.exitCode = problems.length > 0 ? 1 : 0;
