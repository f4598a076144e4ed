import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorsOf, functionNames, type Invocation, watchFunctionErrors } from '../../../local/cloud/function-errors';
import { errorFile } from '../../../local/emulator/error-file';
import { eventually } from '../../kit';

const services = [
  {
    service: 'billing',
    relay: { function: 'stack-relay-1' },
    subscriptions: [{ name: 'book', function: 'stack-book-1' }],
    endpoints: [{ name: 'pay', function: 'stack-pay-1' }],
  },
];
const names = functionNames(services);

const logLine = (more: object) => JSON.stringify({ level: 'WARN', message: 'retried', ...more });
const invocation = (more: Partial<Invocation>): Invocation => ({
  function: 'stack-book-1',
  error: null,
  log: '',
  ...more,
});
const textsOf = (one: Invocation) => errorsOf(one, names).map(({ text }) => text);

// A file of this project, in the folder in which the emulator runs the function.
const STACK = 'TypeError: x is undefined\n    at handler (/tmp/fn-1/local/cloud/function-errors.ts:12:3)';

describe('an error of a function', () => {
  it('is a log line with an error: the function, the outcome, the error and its place', () => {
    const log = ['plain text', logLine({ error: 'TypeError: x is undefined', stack: STACK }), '{"broken'].join('\n');
    expect(textsOf(invocation({ log }))).toEqual([
      'billing.book retried: TypeError: x is undefined (local/cloud/function-errors.ts:12)',
    ]);
  });

  it('is not a log line without an error, or of a lower level', () => {
    const log = [logLine({}), logLine({ level: 'INFO', error: 'Error: no' })].join('\n');
    expect(textsOf(invocation({ log }))).toEqual([]);
  });

  it('is the error that a handler threw', () => {
    const error = { errorType: 'Runtime.HandlerError', errorMessage: 'relay down' };
    expect(textsOf(invocation({ function: 'stack-relay-1', error, log: STACK }))).toEqual([
      'billing.relay failed: relay down (local/cloud/function-errors.ts:12)',
    ]);
  });

  it('has the physical name of a function that no manifest contains', () => {
    const error = { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 3.00 seconds' };
    expect(textsOf(invocation({ function: 'other-1', error }))).toEqual([
      'other-1 failed: Sandbox.Timedout: Task timed out after 3.00 seconds',
    ]);
  });

  it('cannot control the terminal', () => {
    expect(textsOf(invocation({ log: logLine({ error: 'Error: \u001b[2J' }) }))[0]).toContain('\\u001b[2J');
  });

  it('is the same error when only the ids in its message differ', () => {
    const keys = ['1', '2'].flatMap((id) =>
      errorsOf(invocation({ log: logLine({ error: `Error: no order ${id}`, stack: STACK }) }), names).map(
        ({ key }) => key,
      ),
    );
    expect(keys[0]).toBe(keys[1]);
  });
});

describe('the errors of a running cloud', () => {
  it('are printed once each, as they occur', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'event-broker-errors-'));
    const ending = new AbortController();
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const watching = watchFunctionErrors({ directory, services }, print, ending.signal);
    const occur = async (error: string) => {
      const line = JSON.stringify(invocation({ log: logLine({ error }) }));
      // In two parts: the emulator may be writing while the file is read.
      appendFileSync(errorFile(directory), line.slice(0, 20));
      await sleep(600);
      appendFileSync(errorFile(directory), `${line.slice(20)}\n`);
    };
    await occur('Error: one');
    await occur('Error: one');
    await occur('Error: two');
    await eventually('the last error is printed', async () => printed.at(-1)?.endsWith('two'));
    ending.abort();
    await watching;
    rmSync(directory, { recursive: true });
    expect(printed).toEqual(['billing.book retried: Error: one', 'billing.book retried: Error: two']);
  });
});
