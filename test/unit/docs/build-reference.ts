import path from 'node:path';
import { buildReference } from '../../../cli/reference/reference';

// reference.test.ts runs this in a separate process, because Jest cannot import the ES module typedoc.
void buildReference([path.join(__dirname, 'fixture', 'broken-example.ts')]).then(({ files, ...rest }) =>
  console.log(JSON.stringify({ files: Object.fromEntries(files), ...rest })),
);
