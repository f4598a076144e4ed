import { awsLog } from '../../../lambdas/runtime/aws/log';

const before = process.env;
afterEach(() => {
  process.env = before;
  jest.restoreAllMocks();
});

/** Runs code and returns the lines that it wrote to a stream. */
function linesOf(stream: NodeJS.WriteStream, write: () => void): string[] {
  const lines: string[] = [];
  jest.spyOn(stream, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  write();
  return lines;
}

test('a log line is one line of JSON that begins as those of Powertools do, with the trace of the invocation', () => {
  process.env = { ...before, SERVICE: 'inventory', _X_AMZN_TRACE_ID: 'Root=1-abc-def;Parent=1;Sampled=1' };
  const [line = '', ...more] = linesOf(process.stdout, () => {
    awsLog().info('processed', { consumer: 'inventory.reserve-stock', attempt: 1, error: undefined, stack: 'a\nb' });
  });
  expect(more).toEqual([]);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(Object.entries(JSON.parse(line))).toEqual([
    ['level', 'INFO'],
    ['message', 'processed'],
    ['timestamp', expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)],
    ['service', 'inventory'],
    ['xray_trace_id', '1-abc-def'],
    ['consumer', 'inventory.reserve-stock'],
    ['attempt', 1],
    ['stack', 'a\nb'],
  ]);
});

test('a line does not name a trace that X-Ray has not sampled', () => {
  process.env = { ...before, _X_AMZN_TRACE_ID: 'Root=1-abc-def;Parent=1;Sampled=0' };
  const [line = ''] = linesOf(process.stdout, () => awsLog().info('processed', {}));
  expect(JSON.parse(line)).not.toHaveProperty('xray_trace_id');
});

test.each(['warn', 'error'] as const)('a line of level %s goes to standard error', (level) => {
  const [line = ''] = linesOf(process.stderr, () => awsLog()[level]('failed', {}));
  expect(JSON.parse(line)).toMatchObject({ level: level.toUpperCase(), message: 'failed' });
});
