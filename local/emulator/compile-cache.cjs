const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

/** In characters. Compiling a smaller module is as fast as reading the cache. */
const MIN_LENGTH = 50_000;
/** V8 compiles functions when they are first called. After this time, a first message has been processed. */
const SAVE_AFTER_MS = 1_500;
/** The code that Node puts before a module's first line. Source maps do not include it. */
const [WRAPPER = ''] = Module.wrap('\n').split('\n');
const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Caches V8's compiled code of large modules in a folder that all processes of the emulator share. A process then needs a
 * third less processor time until it has processed its first message, and tests start hundreds of processes.
 *
 * Not Node's own compile cache (from 22.1): it identifies modules by path, and each of these processes has its code in another
 * folder.
 *
 * @param {string} folder for the cache files
 * @param {number} saveAfter in milliseconds
 */
module.exports = function cacheCompiledCode(folder, saveAfter = SAVE_AFTER_MS) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function compileWithCache(content, filename, ...rest) {
    const isCacheable = content.length >= MIN_LENGTH && !/\bimport\(/.test(content);
    if (!isCacheable) return compile.call(this, content, filename, ...rest);
    const hash = createHash('sha256').update(process.version).update(content).digest('hex');
    const file = path.join(folder, hash.slice(0, 32));
    const cachedData = read(file);
    // The cached data contains the file name, so the name must not depend on the folder of the code.
    const name = `${file}.js`;
    const script = new vm.Script(Module.wrap(content), { filename: name, cachedData, columnOffset: -WRAPPER.length });
    if (!cachedData || script.cachedDataRejected) setTimeout(save, saveAfter, script, file).unref();
    // Node registers a source map only when it compiles a module itself.
    const [, map] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(content.slice(-1_000)) ?? [];
    if (map) compile.call(this, `//# sourceMappingURL=${path.resolve(path.dirname(filename), map)}`, name, ...rest);
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, Module.createRequire(filename), this, filename, path.dirname(filename));
  };
};

function read(file) {
  try {
    const data = fs.readFileSync(file);
    const now = new Date();
    fs.utimesSync(file, now, now);
    return data;
  } catch {
    return undefined;
  }
}

/** Writes a cache file, and removes files that were not used for a day. Renames when complete: other processes may be reading. */
function save(script, file) {
  try {
    const folder = path.dirname(file);
    fs.mkdirSync(folder, { recursive: true });
    for (const name of fs.readdirSync(folder)) {
      const other = path.join(folder, name);
      // Another process may have renamed the file meanwhile.
      const { mtimeMs } = fs.statSync(other, { throwIfNoEntry: false }) ?? {};
      if (mtimeMs !== undefined && Date.now() - mtimeMs > DAY_MS) fs.rmSync(other, { force: true });
    }
    const unfinished = `${file}-${process.pid}`;
    fs.writeFileSync(unfinished, script.createCachedData());
    fs.renameSync(unfinished, file);
  } catch {
    // The next process tries again.
  }
}
