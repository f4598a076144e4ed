import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { once } from '../aws/once';
import { sdkClient } from '../aws/sdk-client';
import { setting, variables } from '../aws/settings';
import { batchWriter } from './batch-write';
import { Journal } from './journal';

const journal = once(
  () =>
    new Journal(
      batchWriter(sdkClient(DynamoDBClient), setting(variables.journal)),
      JSON.parse(setting(variables.idFields)) as string[],
    ),
);

/** The journal's function: writes every event that its queue receives from the bus and from topics. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  return journal().record(Records);
}
