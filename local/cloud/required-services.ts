import { Failure } from '../../cli/failure';

/** A read-only call, in one of the protocols of AWS. */
type Call =
  | { readonly path: string }
  | { readonly target: string }
  | { readonly action: string; readonly version: string };

/** The service that the HTTP door can replace. */
const API_GATEWAY = 'API Gateway v2';

/** The services that the application or its deployment needs, each with its name in signatures and a call that changes nothing. */
const SERVICES: readonly (readonly [name: string, scope: string, call: Call])[] = [
  [API_GATEWAY, 'apigateway', { path: '/v2/apis' }],
  ['CloudFormation', 'cloudformation', { action: 'ListStacks', version: '2010-05-15' }],
  ['CloudWatch Logs', 'logs', { target: 'Logs_20140328.DescribeLogGroups' }],
  ['DynamoDB', 'dynamodb', { target: 'DynamoDB_20120810.ListTables' }],
  ['DynamoDB Streams', 'dynamodb', { target: 'DynamoDBStreams_20120810.ListStreams' }],
  ['EventBridge', 'events', { target: 'AWSEvents.ListEventBuses' }],
  ['EventBridge Scheduler', 'scheduler', { path: '/schedules' }],
  ['IAM', 'iam', { action: 'ListRoles', version: '2010-05-08' }],
  ['KMS', 'kms', { target: 'TrentService.ListKeys' }],
  ['Lambda', 'lambda', { path: '/2015-03-31/functions' }],
  ['S3', 's3', { path: '/' }],
  ['Secrets Manager', 'secretsmanager', { target: 'secretsmanager.ListSecrets' }],
  ['SNS', 'sns', { action: 'ListTopics', version: '2010-03-31' }],
  ['SQS', 'sqs', { target: 'AmazonSQS.ListQueues' }],
  ['SSM', 'ssm', { target: 'AmazonSSM.DescribeParameters' }],
];

/** How emulators answer calls of services that they do not have, or only in another edition. */
const ABSENT = /not (yet )?(been )?implemented|not (yet )?supported|pro feature|licen[cs]e|ServiceNotAvailable/i;
const TIMEOUT_MS = 30_000;

/**
 * Checks that an emulator has every service that is needed, before anything is deployed to it.
 *
 * @returns whether it has API Gateway. Without it, the HTTP door takes its place
 * @throws Failure that names the other services that it lacks
 */
export async function requireServices(endpoint: string): Promise<{ readonly hasApiGateway: boolean }> {
  const lacking: string[] = [];
  for (const [name, scope, call] of SERVICES) if (await lacks(endpoint, scope, call)) lacking.push(name);
  const others = lacking.filter((name) => name !== API_GATEWAY);
  if (others.length === 0) return { hasApiGateway: lacking.length === 0 };
  throw new Failure(
    `The emulator at ${endpoint} (AWS_ENDPOINT_URL) lacks ${others.join(', ')}, so the application cannot be deployed to it: ` +
      'use another edition or emulator (docs/local-cloud.md lists what was tried), or unset the variable.',
  );
}

/**
 * A service that the emulator cannot start answers with an internal error. Any other answer counts, also an error: the call is not signed
 * properly.
 */
async function lacks(endpoint: string, scope: string, call: Call): Promise<boolean> {
  const credential = `Credential=test/20260101/us-east-1/${scope}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${endpoint}${'path' in call ? call.path : '/'}`, {
    signal,
    ...request(call, authorization),
  });
  const body = await response.text();
  return response.status >= 500 || (!response.ok && ABSENT.test(body));
}

function request(call: Call, authorization: string): RequestInit {
  if ('path' in call) return { headers: { authorization } };
  if ('target' in call) {
    const headers = { authorization, 'x-amz-target': call.target, 'content-type': 'application/x-amz-json-1.0' };
    return { method: 'POST', headers, body: '{}' };
  }
  const body = new URLSearchParams({ Action: call.action, Version: call.version });
  return { method: 'POST', headers: { authorization }, body };
}
