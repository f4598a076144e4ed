"""Records what the deployed system uses, in the units that AWS bills: calls, item sizes, payloads, invocations and logs.

Each call of a function, each delivery to a queue and each invocation is a line of JSON. local/emulator/usage.ts has the types.
Calls of others, such as commands on the developer's machine, are not recorded.
"""

import json
import threading
import time

from ministack.core import iam_evaluator

# DynamoDB's writes, by their name in a request of several.
WRITES = ("Put", "Update", "Delete", "ConditionCheck")

_file = None
_lock = threading.Lock()
# The name of each function by that of its role. Every function has a role of its own.
_functions = {}


def record_usage(file):
    """Starts to record. Must run before the emulator's application is imported, which keeps the handlers of all services."""
    global _file
    _file = open(file, "a", encoding="utf-8", buffering=1)
    from ministack.services import dynamodb, eventbridge, lambda_svc, scheduler, sns, sqs

    record_invocations(lambda_svc)
    record_tables(dynamodb)
    record_calls(eventbridge, "events", lambda data: {"entries": [entry_of(one) for one in data.get("Entries") or []]})
    record_calls(sqs, "queue", queue_call)
    record_calls(sns, "topic", lambda data: {"bytes": payload_of(data, "Message")})
    record_calls(scheduler, "schedule", lambda data: {})
    record_deliveries(eventbridge, "_dispatch_to_sqs", "events")
    record_deliveries(sns, "_deliver_to_sqs", "topic")


def write(line):
    with _lock:
        _file.write(json.dumps(line) + "\n")


def caller_of(headers):
    """The function that makes a call; None for everybody else."""
    _, _, credential = (headers.get("authorization") or "").partition("Credential=")
    caller = iam_evaluator.resolve_caller_identity(credential.split("/")[0]) if credential else None
    parts = ((caller or {}).get("userArn") or "").split("/")
    return _functions.get(parts[1]) if len(parts) > 1 else None


def operation_of(method, path, headers, body):
    target = headers.get("x-amz-target", "")
    if target:
        return target.split(".")[-1], json.loads(body or b"{}")
    if method == "POST" and path.startswith("/schedules/"):
        return "CreateSchedule", {}
    from urllib.parse import parse_qs

    fields = {name: values[0] for name, values in parse_qs((body or b"").decode("utf-8", "replace")).items()}
    return fields.get("Action", f"{method} {path}"), fields


def record_calls(service, kind, describe):
    handle = service.handle_request

    async def handle_recorded(method, path, headers, body, query):
        answer = await handle(method, path, headers, body, query)
        by = caller_of(headers)
        if by is not None:
            operation, data = operation_of(method, path, headers, body)
            write({"kind": kind, "by": by, "operation": operation, **describe(data)})
        return answer

    service.handle_request = handle_recorded


def queue_call(data):
    delay = max(int(one.get("DelaySeconds") or 0) for one in data.get("Entries") or [data])
    messages = len(data.get("Entries") or [data])
    url = data.get("QueueUrl", "")
    return {"queue": url, "bytes": payload_of(data, "MessageBody"), "messages": messages, "delaySeconds": delay}


def entry_of(entry):
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
    texts = (entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", ""), *(entry.get("Resources") or []))
    size = sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)
    return {"source": entry.get("Source"), "name": entry.get("DetailType"), "bytes": size}


def payload_of(data, body):
    """The size of a request's messages: of its entries in JSON, of its fields in a form."""
    entries = data.get("Entries") or data.get("PublishBatchRequestEntries")
    if entries:
        return sum(len((entry.get(body) or "").encode()) for entry in entries)
    return sum(len(str(value).encode()) for name, value in data.items() if name == body or name.endswith("." + body))


def record_deliveries(service, name, source):
    deliver = getattr(service, name)

    def deliver_recorded(queue, payload, *rest, **named):
        write({"kind": "delivery", "from": source, "queue": str(queue), "bytes": len(payload.encode())})
        return deliver(queue, payload, *rest, **named)

    setattr(service, name, deliver_recorded)


def record_invocations(lambda_svc):
    dispatch = lambda_svc._execute_function_dispatch

    def dispatch_recorded(func, config, event, *rest):
        name = name_of(config)
        _functions[config.get("Role", "").rsplit("/", 1)[-1]] = name
        started, started_at = time.perf_counter(), time.time() * 1000
        result = dispatch(func, config, event, *rest)
        milliseconds = (time.perf_counter() - started) * 1000
        records = event.get("Records") if isinstance(event, dict) else None
        write(
            {
                "kind": "invocation",
                "function": name,
                "memory": config.get("MemorySize", 128),
                "startedAt": started_at,
                "milliseconds": milliseconds,
                "source": records[0].get("eventSource") if records else "http" if "rawPath" in event else "schedule",
                "records": len(records or []),
                "bytes": sum(len((one.get("body") or "").encode()) for one in records or []),
                "logBytes": len((result.get("log") or "").encode()),
            }
        )
        return result

    lambda_svc._execute_function_dispatch = dispatch_recorded


def name_of(config):
    variables = config.get("Environment", {}).get("Variables", {})
    return f"{variables.get('SERVICE')}.{variables.get('FUNCTION')}"


def record_tables(dynamodb):
    # A handler never waits, so all changes during a call are the call's own.
    handle, emit = dynamodb.handle_request, dynamodb._emit_stream_event
    changes = []

    def emit_recorded(table, event, old, new, *rest, **named):
        changes.append((table, old, new))
        return emit(table, event, old, new, *rest, **named)

    async def handle_recorded(method, path, headers, body, query):
        by = caller_of(headers)
        if by is None:
            return await handle(method, path, headers, body, query)
        operation, data = operation_of(method, path, headers, body)
        attempted = [existing(dynamodb, table, key) for table, key in attempted_writes(dynamodb, operation, data)]
        changes.clear()
        answer = await handle(method, path, headers, body, query)
        status, _, text = answer
        writes = [written(dynamodb, *change) for change in changes] if status == 200 else attempted
        if status == 200 and operation == "BatchExecuteStatement":
            responses = json.loads(text)["Responses"]
            writes += [one for one, response in zip(attempted, responses) if "Error" in response]
        reads = list(read(dynamodb, operation, data, json.loads(text))) if status == 200 else []
        write({"kind": "table", "by": by, "operation": operation, "failed": status != 200, "writes": writes, "reads": reads})
        return answer

    dynamodb._emit_stream_event, dynamodb.handle_request = emit_recorded, handle_recorded


def written(dynamodb, table, old, new):
    definition = dynamodb._tables[table]
    indexes = definition.get("GlobalSecondaryIndexes") or []
    return {
        "table": table,
        "bytes": max(dynamodb._item_size_bytes(old or {}), dynamodb._item_size_bytes(new or {})),
        "added": dynamodb._item_size_bytes(new or {}) - dynamodb._item_size_bytes(old or {}),
        "indexUnits": sum(dynamodb._index_write_units(definition, index, old, new) for index in indexes),
        **kept(dynamodb, old or {}, new or {}),
    }


def kept(dynamodb, old, new):
    before, after = ({"_receipts": item["_receipts"]} if "_receipts" in item else {} for item in (old, new))
    if not after:
        return {}
    messages = len(after["_receipts"]["L"]) - len(before["_receipts"]["L"] if before else [])
    size = dynamodb._item_size_bytes
    return {"kept": {"messages": messages, "bytes": size(after), "added": size(after) - size(before)}}


def attempted_writes(dynamodb, operation, data):
    if operation == "BatchExecuteStatement":
        return [statement_write(dynamodb, one) for one in data.get("Statements") or []]
    if operation == "TransactWriteItems":
        operations = [one[name] for one in data.get("TransactItems") or [] for name in WRITES if name in one]
    else:
        operations = [data] if operation in ("PutItem", "UpdateItem", "DeleteItem") else []
    return [(one["TableName"], one.get("Item") or one.get("Key")) for one in operations]


def statement_write(dynamodb, statement):
    parsed = dynamodb._parse_partiql(statement["Statement"], statement.get("Parameters"))
    return parsed["table"], parsed.get("item") or {name: value for name, _, value in parsed["conditions"]}


def existing(dynamodb, table, key):
    # A write whose condition fails takes the units of the item that exists.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html#write-operation-consumption
    item = dynamodb._get_item_by_key(dynamodb._tables[table], key)
    return {"table": table, "bytes": dynamodb._item_size_bytes(item or {}), "added": 0, "indexUnits": 0}


def read(dynamodb, operation, data, answer):
    size = dynamodb._item_size_bytes
    if operation == "GetItem":
        item = answer.get("Item") or {}
        yield {"table": data["TableName"], "bytes": size(item), "consistent": data.get("ConsistentRead", False)}
    elif operation == "BatchGetItem":
        for table, request in data["RequestItems"].items():
            items = answer["Responses"].get(table, [])
            missing = len(request["Keys"]) - len(items)
            for item in items + [{}] * missing:
                yield {"table": table, "bytes": size(item), "consistent": request.get("ConsistentRead", False)}
    elif operation == "Query":
        items = answer.get("Items", [])
        total = sum(size(item) for item in items)
        yield {"table": data["TableName"], "bytes": total, "consistent": data.get("ConsistentRead", False)}
