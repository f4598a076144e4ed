/**
 * Chance that depends on a seed and a name alone. Each question asked of the simulation has a name of its own, so taking one
 * fault away leaves the answers to all others as they were: that is what lets a failing run be made smaller.
 */
export class Chance {
  private readonly asked = new Map<string, number>();

  constructor(readonly seed: number) {}

  /** A number from 0 to less than 1: the next one under this name. */
  number(name: string): number {
    return this.hash(this.nth(name));
  }

  /** A whole number from `least` to `most`. */
  whole(name: string, least: number, most: number): number {
    return least + Math.floor(this.number(name) * (most - least + 1));
  }

  /** One of several. */
  pick<T>(name: string, choices: readonly T[]): T {
    return choices[Math.floor(this.number(name) * choices.length)] as T;
  }

  /** The name with how often it was asked before: the same in every run that asks the same. */
  nth(name: string): string {
    const count = (this.asked.get(name) ?? 0) + 1;
    this.asked.set(name, count);
    return `${name}#${count}`;
  }

  /** FNV-1a over the name, then the finaliser of MurmurHash3, so that neighbouring names have nothing in common. */
  hash(name: string): number {
    let hash = 0x811c9dc5 ^ this.seed;
    for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }
}
