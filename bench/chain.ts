import { fullJitter } from '../lambdas/runtime/retry';
import { Chance } from '../test/simulation/random';
import { VirtualTime } from '../test/simulation/virtual-time';

/** A service that answers its caller when its own work and all calls behind it are done. */
export interface Link {
  readonly service: string;
  /** Milliseconds of its own work. */
  readonly work: number;
}

export interface ChainOptions {
  /** The services in the order of their calls. The first one answers the customer. */
  readonly links: readonly Link[];
  /** When each request arrives, in milliseconds since the start, ascending. */
  readonly arrivals: readonly number[];
  /** Requests that each service processes at one time. Others are refused. */
  readonly concurrency: number;
  /** Milliseconds after which a caller gives up a call. */
  readonly timeout: number;
  /** Calls of one service until its caller fails. */
  readonly attempts: number;
  /** Milliseconds that a service takes longer at a time since the start; infinity when it fails at once. */
  slower(service: string, at: number): number;
}

/** The end of each request. */
export interface ChainResult {
  readonly requests: readonly { readonly arrivedAt: number; readonly endedAt: number; readonly succeeded: boolean }[];
  /** The most requests of a service at one time. */
  readonly most: ReadonlyMap<string, number>;
}

/** The delay between two attempts of a caller, in milliseconds. */
const BACKOFF = { base: 100, cap: 1_000 };

/** Runs requests through services that call each other and wait for the answers, on virtual time. */
export async function runChain(options: ChainOptions): Promise<ChainResult> {
  const { links, arrivals, concurrency, timeout, attempts, slower } = options;
  const time = new VirtualTime(new Date(0));
  const chance = new Chance(1);
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const requests: { arrivedAt: number; endedAt: number; succeeded: boolean }[] = [];
  const wait = (milliseconds: number) => new Promise<void>((resume) => time.after(milliseconds, resume));

  /** @returns whether the service and all behind it succeeded */
  async function serve(index: number): Promise<boolean> {
    const link = links[index];
    if (!link) return true;
    const { service, work } = link;
    const before = running.get(service) ?? 0;
    if (before >= concurrency) return false;
    running.set(service, before + 1);
    most.set(service, Math.max(most.get(service) ?? 0, before + 1));
    const delay = slower(service, time.now);
    const isAlive = Number.isFinite(delay);
    if (isAlive) await wait(work + delay);
    const succeeded = isAlive && (await call(index + 1));
    running.set(service, (running.get(service) ?? 0) - 1);
    return succeeded;
  }

  /** Calls a service. After a timeout the service goes on working for nobody. */
  async function call(index: number): Promise<boolean> {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const answer = serve(index);
      if (await Promise.race([answer, wait(timeout).then(() => false)])) return true;
      await wait(fullJitter(attempt, BACKOFF, () => chance.number('backoff')));
    }
    return false;
  }

  for (const arrivedAt of arrivals) {
    time.after(arrivedAt, () => {
      // The customer does not try again.
      void serve(0).then((succeeded) => requests.push({ arrivedAt, endedAt: time.now, succeeded }));
    });
  }
  await time.run();
  return { requests, most };
}
