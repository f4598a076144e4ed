/** Reports a command's progress: one line per finished step, with the seconds since the start. */
export interface Progress {
  /** Reports a finished step. */
  done(text: string): void;
  /** Shows the current step until the next line. Only on a terminal. */
  doing(text: string): void;
  /** Reports part of a step: as a bar on a terminal, elsewhere as one line per tenth. */
  part(what: string, count: number, total: number): void;
}

const BAR_WIDTH = 30;

/** Returns a progress that writes to standard error, so that standard output holds only results. */
export function showProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const start = performance.now();
  const clear = stream.isTTY ? '\r\u001b[K' : '';
  const stamp = () => `${((performance.now() - start) / 1_000).toFixed(1).padStart(6)} s`;
  const done = (text: string) => void stream.write(`${clear}${stamp()}  ${text}\n`);
  const doing = (text: string) => void (stream.isTTY && stream.write(`${clear}${stamp()}  ${text} …`));
  let lastTenth = '';
  const part = (what: string, count: number, total: number) => {
    if (stream.isTTY) return doing(`${bar(count / total)} ${count}/${total} ${what}`);
    const tenth = `${what} ${Math.floor((count / total) * 10)}`;
    if (tenth !== lastTenth) done(`${count}/${total} ${what}`);
    lastTenth = tenth;
  };
  return { done, doing, part };
}

function bar(share: number): string {
  return '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
}

/** Discards all progress. */
export const noProgress: Progress = { done: () => {}, doing: () => {}, part: () => {} };
