// Bundles functions with esbuild. Runs in a separate process, because plugins are asynchronous and the CDK's constructs are not.
// Reads esbuild's options as JSON from standard input, and writes its metafile to standard output.
import { json } from 'node:stream/consumers';
import { build } from 'esbuild';
import plugins from './plugins.cjs';

const { metafile } = await build({ ...(await json(process.stdin)), plugins: plugins() });
process.stdout.write(JSON.stringify(metafile));
