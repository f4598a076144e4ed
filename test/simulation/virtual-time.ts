const STEPS_WITHOUT_PAUSE = 1_000;

/** An action that is planned. */
export interface Planned {
  /** The action will not run. */
  cancel(): void;
}

/** A clock that jumps to the next planned action. */
export class VirtualTime {
  /** Milliseconds since 1970. */
  now: number;
  private agenda = new Agenda();

  constructor(start: Date) {
    this.now = start.getTime();
  }

  after(milliseconds: number, action: () => void): Planned {
    return this.agenda.add(this.now + Math.max(0, milliseconds), action);
  }

  /** Drops all planned actions, so that {@link run} ends. */
  stop(): void {
    this.agenda = new Agenda();
  }

  /**
   * Runs the planned actions in order of time, until none is left.
   *
   * @param most the largest number of actions. A system that needs more repeats work endlessly. Default: no limit
   * @param nearEnd called when 1 % of them is left
   * @returns whether no action is left
   */
  async run(most = Number.POSITIVE_INFINITY, nearEnd = () => {}): Promise<boolean> {
    const near = Math.floor(most * 0.99);
    let steps = 0;
    for (let next = this.agenda.take(); next; next = this.agenda.take()) {
      if (next.isCancelled) continue;
      if (steps === near) nearEnd();
      if (steps > most) return false;
      this.now = Math.max(this.now, next.at);
      next.action();
      // All promises that are ready run before the clock moves on, because a tick comes after them.
      await new Promise<void>((ready) => process.nextTick(ready));
      // Ticks starve the process's other work, so there is a pause now and then.
      if (++steps % STEPS_WITHOUT_PAUSE === 0) await new Promise(setImmediate);
    }
    return true;
  }
}

class Entry implements Planned {
  isCancelled = false;

  constructor(
    readonly at: number,
    readonly order: number,
    readonly action: () => void,
  ) {}

  cancel(): void {
    this.isCancelled = true;
  }
}

/** A binary heap: earliest first, and in order of insertion among equal times. */
class Agenda {
  private readonly heap: Entry[] = [];
  private added = 0;

  add(at: number, action: () => void): Planned {
    const { heap } = this;
    const entry = new Entry(at, this.added++, action);
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
    return entry;
  }

  take(): Entry | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
