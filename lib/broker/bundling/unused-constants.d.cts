import type { Plugin } from 'esbuild';

declare function unusedConstants(): Plugin;
export = unusedConstants;
