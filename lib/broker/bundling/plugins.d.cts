import type { Plugin } from 'esbuild';

declare function plugins(): Plugin[];
export = plugins;
