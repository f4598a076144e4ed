"""Adapts the emulator. Python runs this file first, because local/emulator/emulator.ts puts its folder on PYTHONPATH.

Each function below explains what it changes and why. None is required: with another version of MiniStack from the PATH, a
change that does not fit is left out.
"""

import asyncio.base_events
import json
import os
import signal
import socket
import threading
import time


def set_nodelay(sock):
    # The emulator's HTTP server opens its listener with protocol 0, for which asyncio does not set TCP_NODELAY. Linux kernels
    # that delay acknowledgements then hold back each answer for 40 ms: an SDK call took 47.9 ms without this function and
    # 2.1 ms with it. Newer kernels (seen: 6.18) take 1.0 ms either way.
    if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def end_with_starter():
    # The starter holds the other end of this pipe and never writes. The pipe closes when the starter exits, even after SIGKILL.
    while os.read(0, 1024):
        pass
    leads_group = os.getpgrp() == os.getpid()
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        if leads_group:
            os.killpg(0, signal_number)
        else:
            os.kill(os.getpid(), signal_number)
        time.sleep(3)


def retry_saving_state():
    # The emulator copies its state while its own threads change it. If a copy fails ("dictionary changed size during
    # iteration"), the emulator logs the error and does not save that service. This change retries the copy.
    from ministack.core import persistence

    save_all = persistence.save_all

    def with_retries(get_state):
        def get():
            for _ in range(50):
                try:
                    return get_state()
                except RuntimeError:
                    time.sleep(0.05)
            return get_state()

        return get

    persistence.save_all = lambda services: save_all({name: with_retries(get) for name, get in services.items()})


def serve_with_uvicorn():
    # The emulator's own server parses HTTP in Python: an SDK call took 0.9 ms of processor time with it, 0.4 ms with uvicorn.
    try:
        import httptools  # uvicorn imports it only when it starts
        import hypercorn.asyncio
        import uvicorn
    except ImportError:
        return

    async def serve(app, config):
        host, _, port = config.bind[0].rpartition(":")
        settings = uvicorn.Config(
            app,
            host=host,
            port=int(port),
            # uvloop was not faster here.
            loop="asyncio",
            http="httptools",
            lifespan="on",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=int(config.keep_alive_timeout),
            timeout_graceful_shutdown=int(config.graceful_timeout),
        )
        await uvicorn.Server(settings).serve()

    hypercorn.asyncio.serve = serve


def wait_less_for_logs():
    # After each call of a function that has logged nothing, the emulator polls 50 ms for a line: a GET took 61 ms, and 7 ms of
    # processor time, without this change, 22 ms and 5 ms with it. A process writes its log before its answer, so the log is
    # complete by then.
    try:
        from ministack.core.lambda_runtime import Worker

        Worker._drain_stderr_bounded.__defaults__ = (0.010, 0.003, 0.250)
    except (ImportError, AttributeError):
        pass


def stream_statements():
    # A table's stream has the writes of PartiQL statements too. The emulator leaves them out, so no relay would see their records.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    try:
        from ministack.services import dynamodb

        dynamodb._emit_stream_event
        insert, update, target = dynamodb._partiql_insert, dynamodb._partiql_update, dynamodb._partiql_key_target
    except (ImportError, AttributeError):
        return

    def streamed(execute, key_of):
        def execute_streamed(table, statement, *rest):
            key = key_of(table, statement)
            before = find(table, *key)
            answer = execute(table, statement, *rest)
            after = find(table, *key)
            if after is not before:
                dynamodb._emit_stream_event(statement["table"], "MODIFY" if before else "INSERT", before, after)
            return answer

        return execute_streamed

    def find(table, partition, sort):
        return table["items"].get(partition, {}).get(sort)

    def key_of_item(table, statement):
        partition, sort = (dynamodb._extract_key_val(statement["item"].get(table[name])) for name in ("pk_name", "sk_name"))
        return partition, sort if table["sk_name"] else "__no_sort__"

    dynamodb._partiql_insert = streamed(insert, key_of_item)
    dynamodb._partiql_update = streamed(update, lambda table, statement: target(table, statement)[:2])


def read_streams_side_by_side():
    # The emulator's one polling thread calls the relays of all services one after the other, so each waits for the others. With a
    # thread for each stream's mapping, half of 200 orders that came at once were completed after 15 s instead of 29 s.
    try:
        from ministack.services import lambda_svc

        poll, all_mappings = lambda_svc._poll_dynamodb_streams, lambda_svc._iter_all_esms
    except (ImportError, AttributeError):
        return

    own = threading.local()
    wakes = {}

    def read(mapping_id, wake):
        while True:
            wake.wait()
            wake.clear()
            own.mappings = [one for one in all_mappings() if one[2]["UUID"] == mapping_id]
            if not own.mappings:
                return wakes.pop(mapping_id, None)
            try:
                while poll():
                    pass
            except Exception as error:
                lambda_svc.logger.error("A stream cannot be read: %s", error)

    def wake_readers():
        for _, _, mapping in all_mappings():
            if ":dynamodb:" not in mapping.get("EventSourceArn", ""):
                continue
            mapping_id = mapping["UUID"]
            if mapping_id not in wakes:
                wakes[mapping_id] = threading.Event()
                threading.Thread(target=read, args=(mapping_id, wakes[mapping_id]), daemon=True).start()
            wakes[mapping_id].set()
        return False

    # The poller's functions find these by their names: in a reader's thread there is one mapping.
    lambda_svc._iter_all_esms = lambda: iter(own.mappings) if hasattr(own, "mappings") else all_mappings()
    lambda_svc._poll_dynamodb_streams = wake_readers


def see_due_messages():
    # A message whose delay ends wakes nobody: an idle emulator looks for it each second only, which an order with a reminder waits for.
    try:
        from ministack.services.lambda_svc import _esm_wake as wake

        wait = wake.wait
    except (ImportError, AttributeError):
        return
    wake.wait = lambda timeout=None: wait(min(timeout or IDLE_SECONDS, IDLE_SECONDS))


IDLE_SECONDS = 0.1


def look_again_soon():
    # After a look that found no work, the emulator rests for 50 ms, whatever arrives meanwhile. Every write of a table makes it look, so
    # an order waited at most of its hops: 2.0 s until it was completed, 1.8 s with this change. The bank takes 1 s of it.
    try:
        from ministack.services import lambda_svc

        lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.01
    except (ImportError, AttributeError):
        pass


def collect_batches():
    # The emulator passes on what it finds at once, ten messages at most. A mapping with a batching window waits on AWS until its batch
    # is full, or until the window has passed since its first message. The journal needs a fifth of the invocations that way.
    try:
        from ministack.services import lambda_svc, sqs

        receive, queue_of, mappings = sqs._receive_messages_for_esm, sqs._get_q, lambda_svc._iter_all_esms
    except (ImportError, AttributeError):
        return

    began = {}

    def window_of(arn):
        return next((m.get("MaximumBatchingWindowInSeconds", 0) for _, _, m in mappings() if m["EventSourceArn"] == arn), 0)

    def collect(queue_url, size):
        queue = queue_of(queue_url)
        window = window_of(queue["attributes"]["QueueArn"])
        if not window:
            return receive(queue_url, size)
        now = time.time()
        visible = sum(1 for message in list(queue["messages"]) if message.get("visible_at", 0) <= now)
        if visible == 0:
            began.pop(queue_url, None)
        if visible == 0 or (visible < size and now - began.setdefault(queue_url, now) < window):
            return []
        began.pop(queue_url, None)
        batch = []
        while len(batch) < size and (part := receive(queue_url, size - len(batch))):
            batch += part
        return batch

    sqs._receive_messages_for_esm = collect


def sample_no_traces():
    # The emulator has no X-Ray, and says of each trace that it was sampled. On AWS few are, and only their log lines name them.
    try:
        from ministack.services import lambda_svc

        trace_of = lambda_svc._xray_trace_id_for_invocation
    except (ImportError, AttributeError):
        return
    lambda_svc._xray_trace_id_for_invocation = lambda *rest: (trace_of(*rest) or "").replace("Sampled=1", "Sampled=0") or None


def prepare_processes(compiled, inspected):
    # Every process of a function first requires compile-cache.cjs. A process with a debugger does not: its code must be the script
    # to which the source map belongs.
    try:
        from ministack.core import lambda_runtime
    except ImportError:
        return

    first = f"{required('compile-cache.cjs')}({json.dumps(compiled)});\n"
    if inspected:
        name, port = inspected.split(":")
        first = f"if (!{required('inspect.cjs')}({json.dumps(name)}, {port})) {first}"
        wait_for_debugger(lambda_runtime, name)
    lambda_runtime._NODEJS_WORKER_SCRIPT = first + lambda_runtime._NODEJS_WORKER_SCRIPT


def required(name):
    return f"require({json.dumps(os.path.join(os.path.dirname(os.path.dirname(__file__)), name))})"


def wait_for_debugger(lambda_runtime, name):
    # The emulator kills a process whose function exceeds its timeout. At a breakpoint, a function may wait for an hour.
    invoke = lambda_runtime.Worker.invoke

    def patient(worker, *args, **rest):
        variables = worker.config.get("Environment", {}).get("Variables", {})
        if f"{variables.get('SERVICE')}.{variables.get('FUNCTION')}" == name:
            worker.config = {**worker.config, "Timeout": 3600}
        return invoke(worker, *args, **rest)

    lambda_runtime.Worker.invoke = patient


def watch_invocations(error_file):
    # Writes invocations with errors to a file, from which `npm start` prints them, and records the metric IteratorAge of stream
    # readers, which the emulator does not have and `npm run ops -- queues` shows.
    try:
        from ministack.services import cloudwatch, lambda_svc

        dispatch = lambda_svc._execute_function_dispatch
    except (ImportError, AttributeError):
        return

    def watched(func, config, event, *rest):
        record_iterator_age(cloudwatch, config, event)
        result = dispatch(func, config, event, *rest)
        try:
            write_errors(error_file, config, result)
        except Exception:
            pass  # The invocation itself has succeeded or failed by now.
        return result

    lambda_svc._execute_function_dispatch = watched


def record_iterator_age(cloudwatch, config, event):
    # Lambda: "the age of the last record in the event", in milliseconds, at each invocation.
    records = event.get("Records") if isinstance(event, dict) else None
    if records and records[-1].get("eventSource") == "aws:dynamodb":
        created = float(records[-1]["dynamodb"].get("ApproximateCreationDateTime", time.time()))
        age = max(0, (time.time() - created) * 1000)
        name = {"FunctionName": config.get("FunctionName", "")}
        cloudwatch.record_metric("AWS/Lambda", "IteratorAge", age, "Milliseconds", name)


def write_errors(error_file, config, result):
    log = result.get("log") or ""
    body = result.get("body")
    if not result.get("error") and '"level":"ERROR"' not in log and '"level":"WARN"' not in log:
        return
    error = None
    if result.get("error"):
        error = body if isinstance(body, dict) else {"errorMessage": str(body)}
    line = json.dumps({"function": config.get("FunctionName", ""), "error": error, "log": log})
    with open(error_file, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def check_permissions(decisions_file):
    # The functions of permissions.py fit the pinned version. With another one from the PATH, nothing is checked, and
    # local/emulator/emulator.ts reports it.
    try:
        import permissions

        permissions.enforce(decisions_file)
    except (ImportError, AttributeError, KeyError) as error:
        print(f"Permissions are not checked: {error}", flush=True)


def record_usage(usage_file):
    # The functions of usage.py fit the pinned version. Measurements need them, so another version fails to start.
    import usage

    usage.record_usage(usage_file)


asyncio.base_events._set_nodelay = set_nodelay

serve_with_uvicorn()

wait_less_for_logs()

stream_statements()

read_streams_side_by_side()

see_due_messages()

look_again_soon()

collect_batches()

sample_no_traces()

if "EVENT_BROKER_COMPILED" in os.environ:
    prepare_processes(os.environ.pop("EVENT_BROKER_COMPILED"), os.environ.pop("EVENT_BROKER_INSPECT", None))

if "EVENT_BROKER_ERRORS" in os.environ:
    watch_invocations(os.environ.pop("EVENT_BROKER_ERRORS"))

if "EVENT_BROKER_DECISIONS" in os.environ:
    check_permissions(os.environ.pop("EVENT_BROKER_DECISIONS"))

if "EVENT_BROKER_USAGE" in os.environ:
    record_usage(os.environ.pop("EVENT_BROKER_USAGE"))

if os.environ.get("PERSIST_STATE") == "1":
    retry_saving_state()

# Removed from the environment, so that a Python process that the emulator starts does not read from the same pipe.
if os.environ.pop("EVENT_BROKER_END_WITH_STARTER", None) == "1":
    threading.Thread(target=end_with_starter, daemon=True).start()
