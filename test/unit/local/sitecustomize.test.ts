import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ADAPTATIONS = path.resolve('local/emulator/python');
const hasPython = spawnSync('python3', ['--version']).status === 0;

/** Replaces the modules of the emulator that are adapted. A function fails if its name says so. */
const LAMBDA_SVC = `
def _execute_function_dispatch(func, config, event, request_id, started):
    name = config["FunctionName"]
    if name == "throws":
        return {"error": True, "body": {"errorType": "Runtime.HandlerError", "errorMessage": "boom"}, "log": "trace"}
    if name == "warns":
        return {"body": {}, "log": '{"level":"WARN","message":"retried","error":"Error: no"}'}
    return {"body": {}, "log": '{"level":"INFO","message":"processed"}'}
`;
const CLOUDWATCH = `
def record_metric(namespace, name, value, unit, dimensions):
    print(namespace, name, round(value / 1000), unit, dimensions)
`;
const INVOKE = `
import time
from ministack.services import lambda_svc
record = {"eventSource": "aws:dynamodb", "dynamodb": {"ApproximateCreationDateTime": time.time() - 90}}
for name, event in [("works", {}), ("warns", {"Records": []}), ("throws", {"Records": [record]})]:
    result = lambda_svc._execute_function_dispatch({}, {"FunctionName": name}, event, "request-1", 0)
    print(name, result.get("error"))
`;

/** A poller that reads one batch of each mapping: `read` waits until both are read at the same time. */
const STREAMS = `
import logging, threading
logger = logging.getLogger()
_esm_wake = threading.Event()
both = threading.Barrier(2, timeout=10)
read = {}

def _iter_all_esms():
    for table in ("one", "two"):
        yield "account", "region", {"UUID": table, "EventSourceArn": "arn:aws:dynamodb:region:account:table/" + table}
    yield "account", "region", {"UUID": "queue", "EventSourceArn": "arn:aws:sqs:region:account:queue"}

def _poll_dynamodb_streams():
    more = False
    for _, _, mapping in _iter_all_esms():
        name = mapping["UUID"]
        read[name] = read.get(name, 0) + 1
        if read[name] == 1:
            both.wait()
            more = True
        elif name == "two":
            done.set()
    return more

done = threading.Event()
`;
const POLL = `
import threading
from ministack.services import lambda_svc
print(lambda_svc._poll_dynamodb_streams())
print(lambda_svc.done.wait(10), sorted(lambda_svc.read))
print([mapping["UUID"] for _, _, mapping in lambda_svc._iter_all_esms()])
print(lambda_svc._esm_wake.wait(60))
`;

/** Executes statements without writing them to the stream: a second insert and an update of a missing item fail. */
const STATEMENTS = `
def _emit_stream_event(table, event, before, after):
    print(table, event, before, after)

def _extract_key_val(value):
    return value

def _partiql_key_target(table, statement):
    return statement["key"], statement["sort"], None, None

def _partiql_insert(table, statement):
    item = statement["item"]
    table["items"].setdefault(item["id"], {}).setdefault(item["sort"] if table["sk_name"] else "__no_sort__", item)

def _partiql_update(table, statement, data=None):
    items = table["items"].get(statement["key"], {})
    if statement["sort"] in items:
        items[statement["sort"]] = {**items[statement["sort"]], "new": 2}
`;
const EXECUTE = `
from ministack.services import dynamodb
table = {"pk_name": "id", "sk_name": "sort", "items": {}}
dynamodb._partiql_insert(table, {"table": "notes", "item": {"id": "a", "sort": 1}})
dynamodb._partiql_insert(table, {"table": "notes", "item": {"id": "a", "sort": 1}})
dynamodb._partiql_update(table, {"table": "notes", "key": "a", "sort": 1}, {})
dynamodb._partiql_update(table, {"table": "notes", "key": "a", "sort": 2}, {})
`;

(hasPython ? describe : describe.skip)('the adapted emulator', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'event-broker-python-'));
    mkdirSync(path.join(folder, 'ministack/services'), { recursive: true });
    for (const file of ['ministack/__init__.py', 'ministack/services/__init__.py']) {
      writeFileSync(path.join(folder, file), '');
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads the streams of all tables side by side, and looks for due messages often', () => {
    writeFileSync(path.join(folder, 'ministack/services/lambda_svc.py'), STREAMS);
    const { stdout, stderr } = spawnSync('python3', ['-c', POLL], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, PYTHONPATH: `${ADAPTATIONS}:${folder}` },
    });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual(['False', "True ['one', 'two']", "['one', 'two', 'queue']", 'False']);
  });

  it('adds the writes of statements to the stream', () => {
    writeFileSync(path.join(folder, 'ministack/services/dynamodb.py'), STATEMENTS);
    const { stdout, stderr } = spawnSync('python3', ['-c', EXECUTE], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, PYTHONPATH: `${ADAPTATIONS}:${folder}` },
    });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual([
      "notes INSERT None {'id': 'a', 'sort': 1}",
      "notes MODIFY {'id': 'a', 'sort': 1} {'id': 'a', 'sort': 1, 'new': 2}",
    ]);
  });

  function run(): { output: string[]; errors: unknown[] } {
    const errorFile = path.join(folder, 'errors.jsonl');
    const { stdout, stderr } = spawnSync('python3', ['-c', INVOKE], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, PYTHONPATH: `${ADAPTATIONS}:${folder}`, EVENT_BROKER_ERRORS: errorFile },
    });
    expect(stderr).toBe('');
    const lines = readFileSync(errorFile, 'utf8').trimEnd().split('\n');
    return { output: stdout.trimEnd().split('\n'), errors: lines.map((line) => JSON.parse(line) as unknown) };
  }

  it('writes invocations that failed or logged an error to a file, and records the age of stream records', () => {
    writeFileSync(path.join(folder, 'ministack/services/lambda_svc.py'), LAMBDA_SVC);
    writeFileSync(path.join(folder, 'ministack/services/cloudwatch.py'), CLOUDWATCH);
    expect(run()).toEqual({
      output: [
        'works None',
        'warns None',
        "AWS/Lambda IteratorAge 90 Milliseconds {'FunctionName': 'throws'}",
        'throws True',
      ],
      errors: [
        { function: 'warns', error: null, log: expect.stringContaining('"WARN"') },
        { function: 'throws', error: { errorType: 'Runtime.HandlerError', errorMessage: 'boom' }, log: 'trace' },
      ],
    });
  });
});
