/** Where a command's progress goes: one line for each thing that is done, with the time since the start. */
export interface Progress {
  /** Something is done. */
  done(text: string): void;
  /** Something is under way: shown until the next line, and only on a terminal. */
  doing(text: string): void;
}

/** @param write - where lines go; standard error by default, so that results on standard output stay clean */
export function showProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const start = performance.now();
  const clear = stream.isTTY ? '\r\u001b[K' : '';
  const stamp = () => `${((performance.now() - start) / 1_000).toFixed(1).padStart(6)} s`;
  return {
    done: (text) => stream.write(`${clear}${stamp()}  ${text}\n`),
    doing: (text) => stream.isTTY && stream.write(`${clear}${stamp()}  ${text} …`),
  };
}

/** For tests, and for commands that must not talk. */
export const noProgress: Progress = { done: () => {}, doing: () => {} };
