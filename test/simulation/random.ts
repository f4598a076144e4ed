/**
 * Chance that depends on a seed and a name alone. Each question asked of the simulation has a name of its own, so taking one
 * fault away leaves the answers to all others as they were: that is what lets a failing run be made smaller.
 */
export class Chance {
  /** How often each name was asked, by its hash: of two names with one hash, each is the other's next time. */
  private readonly asked = new Map<number, number>();

  constructor(readonly seed: number) {}

  /** A number from 0 to less than 1: the next one under this name. */
  number(name: string): number {
    return this.roll(name).number(0);
  }

  /** A whole number from `least` to `most`. */
  whole(name: string, least: number, most: number): number {
    return least + Math.floor(this.number(name) * (most - least + 1));
  }

  /** One of several. */
  pick<T>(name: string, choices: readonly T[]): T {
    return choices[Math.floor(this.number(name) * choices.length)] as T;
  }

  /** Several numbers under one name, which belong together. */
  roll(name: string): Roll {
    let hash = 0x811c9dc5 ^ this.seed;
    // FNV-1a
    for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    const count = (this.asked.get(hash) ?? 0) + 1;
    this.asked.set(hash, count);
    return new Roll(hash, count);
  }
}

/** What chance says at one time under one name. */
export class Roll {
  constructor(
    private readonly hash: number,
    /** How often the name was asked, this time included: the same in every run that asks the same. */
    readonly count: number,
  ) {}

  /** A number from 0 to less than 1. @param which of them, from 0 */
  number(which: number): number {
    return mix(mix(this.hash ^ Math.imul(this.count, 0x9e3779b1)) ^ Math.imul(which + 1, 0x85ebca77)) / 2 ** 32;
  }
}

/** The finaliser of MurmurHash3, so that neighbours have nothing in common. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
