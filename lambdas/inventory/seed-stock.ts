import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { sdkClient } from '../runtime/aws/sdk-client';
import { setting, variables } from '../runtime/aws/settings';
import { onDeploy } from '../runtime/schedule/on-deploy';
import seed from './stock.json';

/** Puts the articles of `stock.json` on the shelf. What is there already is left as it is. */
export const handler = onDeploy(async () => {
  const client = sdkClient(DynamoDBClient);
  for (const [sku, available] of Object.entries(seed)) {
    const put = new PutItemCommand({
      TableName: setting(variables.table('stock')),
      Item: marshall({ sku, available, _version: 1 }),
      ConditionExpression: 'attribute_not_exists(sku)',
    });
    await client.send(put).catch((error) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  }
});
