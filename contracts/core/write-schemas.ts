import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../cli/failure';
import { runProgram } from '../../cli/program';
import { loadContracts } from './load-contracts';
import { findDrift, readPublished, SCHEMAS, updates } from './published-schemas';

/** `npm run schemas`: writes the schemas of new versions and of compatible changes. Fails when a change is incompatible. */
runProgram(
  { command: 'npm run schemas --', summary: 'Writes the JSON Schemas of all contracts.', options: {} },
  async () => {
    const contracts = await loadContracts();
    const changed = updates(contracts, readPublished());
    mkdirSync(SCHEMAS, { recursive: true });
    for (const [file, schema] of changed) {
      writeFileSync(join(SCHEMAS, file), `${JSON.stringify(schema, null, 2)}\n`);
      console.log(`Wrote contracts/schemas/${file}.`);
    }
    const problems = findDrift(contracts, readPublished());
    if (problems.length > 0) throw new Failure(problems.join('\n'));
    if (changed.size === 0) console.log('The schemas are up to date.');
  },
);
