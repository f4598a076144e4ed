import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { discoverLocal } from '../../../deployed/discover';
import { cloudDirectory, LOCAL_DIRECTORY } from '../../../deployed/local-clouds';
import { type Decision, readDecisions } from '../../../local/emulator/decisions';
import { type Grant, listGrants, unusedGrants } from '../../../test/end-to-end/grants';
import { endpoints } from './clouds';
import { copiesFolder } from './original';

/** Actions that no call of the local cloud needs, each with the reason why AWS needs it. */
const NEEDED_ON_AWS: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda writes the log of a function with the role of the function; the emulator with none',
  'logs:PutLogEvents': 'as logs:CreateLogStream',
  'xray:PutTraceSegments': 'active tracing; the emulator has no X-Ray',
  'xray:PutTelemetryRecords': 'as xray:PutTraceSegments',
  'dynamodb:ListStreams': 'Lambda finds the stream with it; the emulator knows the stream',
  'iam:PassRole': 'EventBridge Scheduler checks it when a schedule is created; the emulator does not',
  'scheduler:CreateSchedule': 'reminders of more than 15 minutes, for which no test waits',
  'lambda:InvokeFunction':
    'EventBridge Scheduler invokes a function with the role of the schedule; the emulator with none',
};

/** Actions that some roles need only in cases that no test brings about for each of them. Each is used by at least one role. */
const NEEDED_AT_TIMES: Readonly<Record<string, string>> = {
  'dynamodb:GetItem': 'the store reads one item with it, and several with BatchGetItem',
  'dynamodb:BatchGetItem': 'as dynamodb:GetItem',
  'dynamodb:PutItem': 'a function may write each table that it declares',
  'dynamodb:UpdateItem': 'work.adjust calls it. It allows no more than PutItem on the same table',
  'dynamodb:PartiQLInsert': 'as dynamodb:PutItem: the store writes several items with it that need no transaction',
  'dynamodb:PartiQLUpdate': 'as dynamodb:PartiQLInsert',
  'dynamodb:DescribeStream': 'a service whose inboxes have room for all its records writes none into its table',
  'dynamodb:GetRecords': 'as dynamodb:DescribeStream',
  'dynamodb:GetShardIterator': 'as dynamodb:DescribeStream',
  'dynamodb:Query': 'a function may query each table that it declares',
  'sqs:SendMessage': 'parking and deferring a message, and dead letters of targets',
  'sqs:ChangeMessageVisibility': 'the backoff after a failure',
  'secretsmanager:GetSecretValue': 'a secret that the function reads only after another check',
};

/** A table that a test gives to a function, to see it fail. */
const NO_TABLE = '/no-such-table';

/**
 * Checks what the emulators allowed and denied while the tests ran: nothing was denied, and each granted action was used: without
 * its grants, a call would have been denied. Writes the single grants that no call used to `.local/unused-grants.txt`.
 *
 * @throws Error that lists the denials, or the granted actions that no role used
 */
export async function checkPermissions(ranAll: boolean): Promise<void> {
  const [endpoint] = endpoints();
  if (endpoint === undefined || process.env.AWS_ENDPOINT_URL) return;
  const ports = (await readdir(copiesFolder())).filter((name) => /^\d+$/.test(name));
  const decisions = (await Promise.all(ports.map((port) => readDecisions(cloudDirectory(port))))).flat();
  const denied = decisions.filter(({ allowed, resource }) => !allowed && !resource.endsWith(NO_TABLE));
  if (denied.length > 0) throw new Error(`The emulator has denied these calls:\n${denied.map(toLine).join('\n')}`);
  if (ranAll) await checkGrants(await listGrants(await discoverLocal(endpoint)), decisions);
}

async function checkGrants(grants: readonly Grant[], decisions: readonly Decision[]): Promise<void> {
  const unused = unusedGrants(grants, decisions).filter(({ action }) => !(action in NEEDED_ON_AWS));
  await writeFile(path.join(LOCAL_DIRECTORY, 'unused-grants.txt'), `${unused.map(toLine).sort().join('\n')}\n`);
  const used = new Set(grants.filter((grant) => !unused.includes(grant)).map(({ action }) => action));
  const needless = unused.filter(({ action }) => !(action in NEEDED_AT_TIMES) || !used.has(action));
  console.error(
    `Permissions: ${grants.length} grants, ${decisions.length} allowed calls, ${unused.length} grants unused.`,
  );
  if (needless.length > 0) throw new Error(`No test needs these grants:\n${needless.map(toLine).join('\n')}`);
}

function toLine({ role, action, resource }: Grant): string {
  return `${role} ${action} ${resource}`;
}
