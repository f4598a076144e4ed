import type { Log } from '../../lambdas/runtime/runtime';
import { type Fault, faultId } from './faults';
import type { VirtualTime } from './virtual-time';

/** A log line of a function. */
interface Line {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly correlationId?: string;
  readonly text: string;
}

/** Records a world for people: the log lines of its functions and the faults. */
export class History {
  private readonly lines: Line[] = [];

  constructor(private readonly time: Pick<VirtualTime, 'now'>) {}

  /** Returns the log of one function. */
  log(name: string): Log {
    const write = (message: string, fields: object) => {
      const { correlationId, event, status, error } = fields as Record<string, string | undefined>;
      const text = [name, message, event ?? status, error && `(${error})`].filter(Boolean).join(' ');
      this.lines.push({ at: this.time.now, correlationId, text });
    };
    return { info: write, warn: write, error: write };
  }

  /**
   * Returns the lines in order of time.
   *
   * @param requests correlation ids whose lines are returned. An empty list returns all lines
   */
  tell(start: number, faults: readonly Fault[], requests: ReadonlySet<string>): string[] {
    const said = this.lines.filter(({ correlationId }) => requests.size === 0 || requests.has(correlationId ?? ''));
    const wrong = faults.map((fault): Line => ({ at: fault.at, text: `! ${faultId(fault)}` }));
    return [...wrong, ...said]
      .sort((one, other) => one.at - other.at)
      .map(({ at, text }) => `${clock(at - start)}  ${text}`);
  }
}

/** `0:01:07.250` */
function clock(milliseconds: number): string {
  const [, minutesAndSeconds] = new Date(milliseconds).toISOString().split(/T\d\d:/);
  return `${Math.floor(milliseconds / 3_600_000)}:${minutesAndSeconds?.slice(0, -1)}`;
}
