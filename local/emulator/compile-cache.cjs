const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

/** Smaller modules are compiled as fast as a file is read. */
const WORTH_IT = 50_000;
/** Functions are compiled when they are first called: by then, a first message has been processed. */
const SAVE_AFTER_MS = 1_500;
/** What comes before a module's code in its first line; source maps don't know of it. */
const [WRAPPED = ''] = Module.wrap('\n').split('\n');
const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Has the emulator's processes keep what V8 has compiled of a function's code, and take it over from one another: a process
 * needs a third less processor time until it has processed its first message, and tests start hundreds. Node's own cache (from
 * 22.1) tells modules apart by their paths, and each of these processes has its code in a folder of its own.
 *
 * @param {string} folder where it is kept
 * @param {number} saveAfter in milliseconds
 */
module.exports = function keepCompiled(folder, saveAfter = SAVE_AFTER_MS) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function compileOnce(content, filename, ...rest) {
    const isWorthIt = content.length >= WORTH_IT && !/\bimport\(/.test(content);
    if (!isWorthIt) return compile.call(this, content, filename, ...rest);
    const hash = createHash('sha256').update(process.version).update(content).digest('hex');
    const file = path.join(folder, hash.slice(0, 32));
    const cachedData = read(file);
    // What is taken over has the name under which it was compiled first: it must be the same wherever the code is.
    const name = `${file}.js`;
    const script = new vm.Script(Module.wrap(content), { filename: name, cachedData, columnOffset: -WRAPPED.length });
    if (!cachedData || script.cachedDataRejected) setTimeout(save, saveAfter, script, file).unref();
    // Node notes which source map a module has when it compiles it by itself.
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

/** Whole or not at all: others may be reading. What nobody has used for a day goes. */
function save(script, file) {
  try {
    const folder = path.dirname(file);
    fs.mkdirSync(folder, { recursive: true });
    for (const name of fs.readdirSync(folder)) {
      const other = path.join(folder, name);
      // Another process may have renamed it meanwhile.
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
