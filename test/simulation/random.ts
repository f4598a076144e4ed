/**
 * Random numbers that depend only on a seed and a name. Every decision of the simulation has its own name, so leaving out one fault
 * changes no other decision. That makes it possible to shrink a failing run.
 */
export class Chance {
  /** The number of draws by the hash of their name. Names with the same hash share a counter. */
  private readonly asked = new Map<number, number>();

  private counted?: Map<string, number>;

  constructor(readonly seed: number) {}

  /** Starts to count the draws of each name. */
  startCounting(): void {
    this.counted = new Map();
  }

  /** Returns the names with the most draws since {@link startCounting}, in descending order. */
  frequent(most: number): string[] {
    const entries = [...(this.counted ?? [])].sort(([, one], [, other]) => other - one);
    return entries.slice(0, most).map(([name, count]) => `${name} (${count} times)`);
  }

  /** Returns the next number of a name: at least 0, less than 1. */
  number(name: string): number {
    return this.roll(name).number(0);
  }

  /** Returns a whole number from `least` to `most`. */
  whole(name: string, least: number, most: number): number {
    return least + Math.floor(this.number(name) * (most - least + 1));
  }

  /** Returns one of several values. */
  pick<T>(name: string, choices: readonly T[]): T {
    return choices[Math.floor(this.number(name) * choices.length)] as T;
  }

  /** Draws several numbers under one name. */
  roll(name: string): Roll {
    this.counted?.set(name, (this.counted.get(name) ?? 0) + 1);
    let hash = 0x811c9dc5 ^ this.seed;
    // FNV-1a
    for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    const count = (this.asked.get(hash) ?? 0) + 1;
    this.asked.set(hash, count);
    return new Roll(hash, count);
  }
}

/** The numbers of one draw. */
export class Roll {
  constructor(
    private readonly hash: number,
    /** The number of draws under the name, this one included. */
    readonly count: number,
  ) {}

  /** Returns a number of this draw: at least 0, less than 1. @param which its index, from 0 */
  number(which: number): number {
    return mix(mix(this.hash ^ Math.imul(this.count, 0x9e3779b1)) ^ Math.imul(which + 1, 0x85ebca77)) / 2 ** 32;
  }
}

/** The finaliser of MurmurHash3, so that similar hashes give unrelated numbers. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
