"""Makes the emulator check permissions as AWS does.

With AUTH=true the emulator checks signatures, identity policies and resource policies. Each function below closes one gap
between the emulator and AWS, and names the AWS page that describes the correct behaviour. All of them are needed: without one of them,
calls that AWS allows would be denied. `enforce` therefore turns the check on only if all of them fit.
"""

import json
import os
import threading

from ministack.core import iam_actions, iam_evaluator

# AWS checks batches as the action for one message.
BATCH_ACTIONS = {
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sns:PublishBatch": "sns:Publish",
}

# Lambda calls these with the role of the function whose events it fetches.
FETCH_ACTIONS = {
    "aws:sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "aws:dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
}


def enforce(decisions_file):
    """Turns the check on. Must run before the emulator's application is imported, which reads AUTH once."""
    trust_loopback()
    name_batches_by_their_action()
    name_statements_by_their_action()
    describe_published_events()
    name_schedules_with_their_group()
    refer_to_secrets_by_arn()
    ask_queues_about_events()
    fetch_with_the_role_of_the_function()
    record_decisions(decisions_file)
    os.environ["AUTH"] = "true"


def trust_loopback():
    # The emulator listens on loopback without TLS, so aws:SecureTransport would be false and every "TLS only" policy would deny.
    # On AWS, the SDK calls over HTTPS and the key is true.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key, context):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_key


def name_batches_by_their_action():
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
    # Neither page has an action for batches: SQS's API reference gives each batch the permission of its single call.
    extract = iam_actions.extract_iam_action

    def extract_action(*arguments):
        action = extract(*arguments)
        return BATCH_ACTIONS.get(action, action)

    iam_actions.extract_iam_action = extract_action


def name_statements_by_their_action():
    # Each PartiQL statement needs the permission for its kind on its table. The emulator asks for dynamodb:BatchExecuteStatement,
    # which AWS does not have. On AWS the other statements are executed when one is denied; here none is.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    from ministack.services import dynamodb

    checks_of = iam_actions.dynamodb_transaction_checks

    def checks(action, body, region, account):
        if action != "dynamodb:BatchExecuteStatement":
            return checks_of(action, body, region, account)
        return [check(one, region, account) for one in json.loads(body or b"{}").get("Statements") or []]

    def check(statement, region, account):
        parsed = dynamodb._parse_partiql(statement["Statement"], statement.get("Parameters"))
        kind = parsed["op"].capitalize()
        return f"dynamodb:PartiQL{kind}", iam_actions._dynamodb_table_arn(parsed["table"], region, account)

    iam_actions.dynamodb_transaction_checks = checks


def describe_published_events():
    # PutEvents has the condition keys events:source and events:detail-type, with the values of all entries.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    tags = iam_actions.request_tag_context

    def request_context(service, action, body, parameters):
        context = tags(service, action, body, parameters)
        if action != "events:PutEvents":
            return context
        entries = json.loads(body or b"{}").get("Entries") or []
        return {
            **context,
            "events:source": [entry["Source"] for entry in entries if "Source" in entry],
            "events:detail-type": [entry["DetailType"] for entry in entries if "DetailType" in entry],
        }

    iam_actions.request_tag_context = request_context


def name_schedules_with_their_group():
    # A schedule's ARN is schedule/GROUP/NAME. The emulator takes every schedule for one of the group "default".
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
    extract = iam_actions.extract_resource_arn

    def extract_arn(service, method, path, headers, body, *rest):
        arn = extract(service, method, path, headers, body, *rest)
        group = iam_actions._safe_json_field(body, "GroupName") if service == "scheduler" else ""
        return arn.replace(":schedule/default/", f":schedule/{group}/") if group else arn

    iam_actions.extract_resource_arn = extract_arn


def refer_to_secrets_by_arn():
    # Ref of a secret returns its ARN. The emulator returns its name, so policies that are built from it would match nothing.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-secretsmanager-secret.html#aws-resource-secretsmanager-secret-return-values
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def name_of(reference):
        names = (name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == reference)
        return next(names, reference)

    def by_arn(result):
        _, attributes = result
        return attributes["Arn"], attributes

    handlers["create"] = lambda *arguments: by_arn(create(*arguments))
    handlers["update"] = lambda physical, *rest: by_arn(update(name_of(physical), *rest))
    handlers["delete"] = lambda physical, *rest: delete(name_of(physical), *rest)


def ask_queues_about_events():
    # A rule delivers to a queue only if the queue's policy allows events.amazonaws.com to send messages; a schedule only if its
    # role allows it. The emulator checks neither.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    from ministack.services import eventbridge, sqs

    invoke = eventbridge._invoke_target

    def invoke_allowed(target, event, rule, *rest):
        queue, role = target.get("Arn", ""), target.get("RoleArn")
        if ":sqs:" in queue:
            if role:
                allowed = role_allows(role, "sqs:SendMessage", queue)
            else:
                arn = rule.get("Arn", "")
                allowed = sqs.queue_policy_allows(queue, "events.amazonaws.com", arn, arn.split(":")[4] if arn else "")
            record(role or "events.amazonaws.com", "sqs:SendMessage", queue, allowed)
            if not allowed:
                return
        invoke(target, event, rule, *rest)

    eventbridge._invoke_target = invoke_allowed


def fetch_with_the_role_of_the_function():
    # Lambda receives messages and reads streams with the execution role of the function. The emulator reads without a check.
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
    # https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-dynamodb-permissions
    from ministack.services import lambda_svc

    dispatch = lambda_svc._execute_function_dispatch

    def dispatch_allowed(function, config, event, *rest):
        records = event.get("Records") if isinstance(event, dict) else None
        first = records[0] if records and isinstance(records[0], dict) else {}
        source = first.get("eventSourceARN", "")
        for action in FETCH_ACTIONS.get(first.get("eventSource"), ()):
            allowed = role_allows(config.get("Role", ""), action, source)
            record(config.get("Role", ""), action, source, allowed)
            if not allowed:
                return denied(config.get("Role", ""), action, source)
        return dispatch(function, config, event, *rest)

    lambda_svc._execute_function_dispatch = dispatch_allowed


def denied(role, action, resource):
    message = iam_actions.identity_denial_message(action, role, resource, False)
    return {"error": True, "body": {"errorType": "AccessDeniedException", "errorMessage": message}, "log": ""}


def role_allows(role, action, resource):
    account, name = role.split(":")[4], role.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=resource.split(":")[3],
    )
    return iam_evaluator.evaluate(context, iam_evaluator._gather_role_policies(name, account)).decision == "Allow"


# The decisions: each role, action and resource once for each result. Tests read them to find denials and unused grants.
_decided = set()
_file = None
_lock = threading.Lock()


def record_decisions(file):
    global _file
    _file = file
    check = iam_evaluator.enforce

    def enforce_recorded(access_key, action, service, region, resource_arn="*", service_context=None):
        refusal = check(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
        if refusal is not None or (access_key or "").startswith("ASIA"):
            caller = iam_evaluator.resolve_caller_identity(access_key) or {}
            record(caller.get("userArn", ""), action, resource_arn, refusal is None)
        return refusal

    iam_evaluator.enforce = enforce_recorded


def record(principal, action, resource, allowed):
    # A session arn:aws:sts::1:assumed-role/ROLE/SESSION and the role arn:aws:iam::1:role/ROLE are the same principal here.
    parts = principal.split("/")
    role = parts[1] if len(parts) > 1 else principal
    decision = (role, action, resource, allowed)
    with _lock:
        if decision in _decided or _file is None:
            return
        _decided.add(decision)
        with open(_file, "a", encoding="utf-8") as file:
            file.write(json.dumps(dict(zip(("role", "action", "resource", "allowed"), decision))) + "\n")
