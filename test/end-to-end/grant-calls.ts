import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, FlexibleTimeWindowMode, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Grant } from './grants';
import type { ProbeRole } from './probe-role';

type Call = (role: ProbeRole, grant: Grant) => Promise<unknown>;

const key = { id: { S: 'probe' } };
const handle = 'probe';
const tableOf = ({ resource }: Grant) => resource.split('/')[1];
/** The emulator's URLs, as in functions' environments: `http://127.0.0.1:4566/000000000000/name`. */
const urlOf = (role: ProbeRole, { resource }: Grant) => [role.endpoint, ...resource.split(':').slice(-2)].join('/');

const dynamodb =
  (command: (TableName: string | undefined, grant: Grant) => object): Call =>
  async (role, grant) =>
    (await role.client(DynamoDBClient)).send(command(tableOf(grant), grant) as GetItemCommand);
const statement = (Statement: string, ...values: string[]) =>
  new BatchExecuteStatementCommand({ Statements: [{ Statement, Parameters: values.map((S) => ({ S })) }] });
const sqs =
  (command: (QueueUrl: string) => object): Call =>
  async (role, grant) =>
    (await role.client(SQSClient)).send(command(urlOf(role, grant)) as SendMessageCommand);

/** One call for each action that roles are granted. The call may fail for another reason than its permission. */
export const CALLS: Readonly<Record<string, Call>> = {
  'dynamodb:GetItem': dynamodb((TableName) => new GetItemCommand({ TableName, Key: key })),
  'dynamodb:BatchGetItem': dynamodb(
    (TableName = '') => new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key] } } }),
  ),
  'dynamodb:PutItem': dynamodb((TableName) => new PutItemCommand({ TableName, Item: { no: { S: 'key' } } })),
  'dynamodb:UpdateItem': dynamodb((TableName) => new UpdateItemCommand({ TableName, Key: { no: { S: 'key' } } })),
  'dynamodb:PartiQLInsert': dynamodb((TableName) => statement(`INSERT INTO "${TableName}" VALUE {'no': ?}`, 'key')),
  'dynamodb:PartiQLUpdate': dynamodb((TableName) =>
    statement(`UPDATE "${TableName}" SET "a"=? WHERE "no"=?`, 'b', 'key'),
  ),
  'dynamodb:BatchWriteItem': dynamodb(
    (TableName = '') => new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: key } }] } }),
  ),
  'dynamodb:Query': dynamodb((TableName, { resource }) => {
    const query = { KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': key.id } };
    return new QueryCommand({ TableName, IndexName: resource.split('/index/')[1], ...query });
  }),
  'sqs:SendMessage': sqs((QueueUrl) => new SendMessageCommand({ QueueUrl, MessageBody: '' })),
  'sqs:ReceiveMessage': sqs((QueueUrl) => new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 })),
  'sqs:DeleteMessage': sqs((QueueUrl) => new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle })),
  'sqs:ChangeMessageVisibility': sqs(
    (QueueUrl) => new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout: 0 }),
  ),
  'sqs:GetQueueAttributes': sqs((QueueUrl) => new GetQueueAttributesCommand({ QueueUrl })),
  'sns:Publish': async (role, { resource: TopicArn }) =>
    (await role.client(SNSClient)).send(new PublishCommand({ TopicArn, Message: 'probe' })),
  'secretsmanager:GetSecretValue': async (role, { resource: SecretId }) =>
    (await role.client(SecretsManagerClient)).send(new GetSecretValueCommand({ SecretId })),
  'events:PutEvents': async (role, { resource: EventBusName, condition }) => {
    const { 'events:source': Source, 'events:detail-type': names = [] } = condition ?? {};
    const event = { EventBusName, Source: [Source].flat()[0], DetailType: [names].flat()[0], Detail: '{}' };
    return (await role.client(EventBridgeClient)).send(new PutEventsCommand({ Entries: [event] }));
  },
  'scheduler:CreateSchedule': async (role, { resource }) =>
    (await role.client(SchedulerClient)).send(
      new CreateScheduleCommand({
        Name: 'probe',
        GroupName: resource.split('/').at(-2),
        ScheduleExpression: 'never',
        FlexibleTimeWindow: { Mode: FlexibleTimeWindowMode.OFF },
        Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:none', RoleArn: 'arn:aws:iam::000000000000:role/none' },
      }),
    ),
  'lambda:InvokeFunction': async (role, { resource: FunctionName }) =>
    (await role.client(LambdaClient)).send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' })),
};
