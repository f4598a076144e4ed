import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientOf } from '../deployed/clients';

/** The SDK's clients that commands use. */
export interface Clients {
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly cloudwatch: CloudWatchClient;
}

/** @param endpoint - the emulator; AWS, with the user's own credentials, when undefined */
export function clientsOf(endpoint: string | undefined): Clients {
  return {
    sqs: clientOf(SQSClient, endpoint),
    events: clientOf(EventBridgeClient, endpoint),
    dynamodb: clientOf(DynamoDBClient, endpoint),
    lambda: clientOf(LambdaClient, endpoint),
    cloudwatch: clientOf(CloudWatchClient, endpoint),
  };
}
