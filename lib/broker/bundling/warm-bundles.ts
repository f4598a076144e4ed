import { basename, join } from 'node:path';
import { type BuildContext, context } from 'esbuild';
import { buildOptions, entriesIn, outOf } from './bundle';
import { ROOT, store } from './kept-bundles';
import plugins from './plugins.cjs';
import { ownLines } from './source-map';

/** Only names the outputs, which stay in memory. */
const OUT = 'out';

/** A service's functions in esbuild's memory. */
interface Warm {
  readonly entries: readonly string[];
  readonly build: BuildContext<{ metafile: true; write: false }>;
}

/**
 * Bundles a service's functions repeatedly. esbuild keeps every parsed file between two builds, so a further build takes a tenth of
 * the first. The bundles are equal to those of {@link bundlesOf}.
 */
export class WarmBundles {
  readonly #services = new Map<string, Promise<Warm>>();

  /** @param folder holds one folder for each service */
  constructor(private readonly folder: string) {}

  /**
   * Bundles the functions of a service that contain one of the files.
   *
   * @param files @default all of the service's functions
   * @returns entry → the folder of its bundle
   * @throws BuildFailure when a function does not compile
   */
  async bundlesOf(service: string, files?: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const { entries, build } = await this.#warm(service);
    const { outputFiles, metafile } = await build.rebuild();
    const outputs = new Map(outputFiles.map((file) => [file.path, file]));
    const changed = entries.filter((entry) => {
      const { inputs = {} } = metafile.outputs[join(OUT, `${outOf(entry)}.js`)] ?? {};
      return files === undefined || Object.keys(inputs).some((input) => files.has(join(ROOT, input)));
    });
    return new Map(
      changed.map((entry) => {
        const script = join(ROOT, OUT, `${outOf(entry)}.js`);
        const bundle = [script, `${script}.map`].map((path) => {
          const { contents = '', text = '' } = outputs.get(path) ?? {};
          return { path: basename(path), contents: path.endsWith('.map') ? ownLines(text) : contents };
        });
        return [join(ROOT, entry), store(bundle)];
      }),
    );
  }

  /** Returns the context of a service, a new one when the service has other functions than before. */
  async #warm(service: string): Promise<Warm> {
    const entries = entriesIn(this.folder, new Set([service]));
    const known = await this.#services.get(service);
    if (known !== undefined && known.entries.join() === entries.join()) return known;
    await known?.build.dispose();
    const options = buildOptions(entries, OUT);
    const build = context({ ...options, write: false, logLevel: 'silent', plugins: plugins() });
    const warm = build.then((built) => ({ entries, build: built }));
    this.#services.set(service, warm);
    return warm;
  }

  /** Ends esbuild's contexts. */
  async close(): Promise<void> {
    const all = [...this.#services.values()];
    this.#services.clear();
    await Promise.all(all.map(async (warm) => (await warm).build.dispose()));
  }
}
