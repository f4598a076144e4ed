import { DEPENDENCIES } from '../../../lambdas/runtime/adapters/dependency';
import { batchLoads } from '../../../lambdas/runtime/store/batch-loads';
import { AdapterWorld } from './adapter-world';

/** Reads like DynamoDB: the reads of one turn of the event loop are one call. */
export class ReadingWorld extends AdapterWorld {
  /** The keys that each call reads. */
  readonly calls: string[][] = [];
  /** The error of reads of dependencies' states. @default none */
  broken?: Error;
  /** Happens once, between a read and its answer. */
  meanwhile?: () => Promise<unknown>;

  override instance() {
    const load = batchLoads(
      async (refs) => {
        this.calls.push(refs.map(({ key }) => Object.values(key).join()).sort());
        if (this.broken && refs.some(({ table }) => table === DEPENDENCIES)) throw this.broken;
        const found = await this.store.load(refs);
        const { meanwhile } = this;
        this.meanwhile = undefined;
        await meanwhile?.();
        return found;
      },
      () => false,
    );
    return super.instance({ load });
  }
}
