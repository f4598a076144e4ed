import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { sdkClient } from '../runtime/aws/sdk-client';
import { setting, variables } from '../runtime/aws/settings';
import { onDeploy } from '../runtime/schedule/on-deploy';
import { seedStock, stock } from './service';
import seed from './stock.json';

/** Creates the articles of `stock.json`. Existing articles keep their stock. */
export const handler = onDeploy(seedStock, async () => {
  const client = sdkClient(DynamoDBClient);
  for (const [sku, available] of Object.entries(seed)) {
    const put = new PutItemCommand({
      TableName: setting(variables.table(stock.name)),
      Item: marshall({ sku, available, _version: 1 }),
      ConditionExpression: 'attribute_not_exists(sku)',
    });
    await client.send(put).catch((error) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  }
});
