import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings } from '../local/environment';

/** The SDK's clients of one command. One costs nothing until it is used. */
export class Clients {
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly cloudwatch: CloudWatchClient;

  /** @param endpoint - the emulator; AWS, with the user's own credentials, when undefined */
  constructor(endpoint: string | undefined) {
    const settings = clientSettings(endpoint);
    this.sqs = new SQSClient(settings);
    this.events = new EventBridgeClient(settings);
    this.dynamodb = new DynamoDBClient(settings);
    this.lambda = new LambdaClient(settings);
    this.cloudwatch = new CloudWatchClient(settings);
  }

  destroy(): void {
    for (const client of [this.sqs, this.events, this.dynamodb, this.lambda, this.cloudwatch]) client.destroy();
  }
}
