import path from 'node:path';
import { buildReference } from '../../../cli/reference/reference';

// Run by reference.test.ts in a process of its own, because Jest cannot import the ES module typedoc.
void buildReference([path.join(__dirname, 'fixture', 'broken-example.ts')]).then(({ files, ...rest }) =>
  console.log(JSON.stringify({ files: Object.fromEntries(files), ...rest })),
);
