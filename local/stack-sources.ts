import path from 'node:path';
import { type BuildContext, context } from 'esbuild';
import { ROOT } from '../cli/project';

/** The app, and the only function whose code is bundled by a stack of the core. */
const ENTRIES = ['bin/app.ts', 'lambdas/runtime/journal/write-journal.ts'];

/** The files that the stacks are made from: the app and all that it imports. */
export class StackSources {
  #build: Promise<BuildContext<{ metafile: true }>> | undefined;

  /**
   * Whether one of the files can change a stack. Other code below `lambdas` changes only functions.
   *
   * @param files relative to the project
   */
  async hasSome(files: readonly string[]): Promise<boolean> {
    if (!files.every((file) => file.startsWith(`lambdas${path.sep}`) && file.endsWith('.ts'))) return true;
    this.#build ??= context({
      entryPoints: ENTRIES,
      absWorkingDir: ROOT,
      outdir: 'out',
      bundle: true,
      packages: 'external',
      platform: 'node',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    try {
      const { metafile } = await (await this.#build).rebuild();
      return files.some((file) => file in metafile.inputs);
    } catch {
      // The synthesis says what is wrong with a file that does not compile.
      return true;
    }
  }

  /** Ends esbuild's context. */
  async close(): Promise<void> {
    await (await this.#build)?.dispose();
  }
}
