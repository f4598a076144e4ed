import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SdkClients } from '../deployed/clients';

/** The SDK clients of the operators' commands. */
export interface Clients {
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly cloudwatch: CloudWatchClient;
}

export function clientsOf(clients: SdkClients): Clients {
  return {
    sqs: clients.of(SQSClient),
    events: clients.of(EventBridgeClient),
    dynamodb: clients.of(DynamoDBClient),
    lambda: clients.of(LambdaClient),
    cloudwatch: clients.of(CloudWatchClient),
  };
}
