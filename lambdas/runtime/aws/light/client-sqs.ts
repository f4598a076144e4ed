import { awsJson, lightService } from './service';

const sqs = lightService({ name: 'sqs', isFipsInGovCloud: true, id: 'SQS', protocol: awsJson('1.0', 'AmazonSQS') });

export const SQSClient = sqs.Client;
export const ChangeMessageVisibilityBatchCommand = sqs.command('ChangeMessageVisibilityBatch');
export const SendMessageBatchCommand = sqs.command('SendMessageBatch');
export const SendMessageCommand = sqs.command('SendMessage');
