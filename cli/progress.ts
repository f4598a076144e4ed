/** Where a command's progress goes: one line for each thing that is done, with the time since the start. */
export interface Progress {
  /** Something is done. */
  done(text: string): void;
  /** Something is under way: shown until the next line, and only on a terminal. */
  doing(text: string): void;
  /** Part of something is done: a bar on a terminal, a line for every tenth elsewhere. */
  part(what: string, count: number, total: number): void;
}

const BAR_WIDTH = 30;

/** Progress on standard error, so that results on standard output stay clean. */
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

/** For tests, and for commands that must not talk. */
export const noProgress: Progress = { done: () => {}, doing: () => {}, part: () => {} };
