import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SdkClients } from '../../deployed/clients';
import { openNotes } from '../support/notes-table';
import { describeStore } from '../support/store-suite';
import { endpoint } from './cloud';

(endpoint === undefined ? describe.skip : describe)('on the local cloud', () => {
  const client = new SdkClients(endpoint).of(DynamoDBClient);
  const tables: string[] = [];

  afterAll(async () => {
    for (const TableName of tables) await client.send(new DeleteTableCommand({ TableName }));
  });

  describeStore('the store on DynamoDB', async () => {
    const TableName = `notes-${tables.length}`;
    tables.push(TableName);
    return openNotes(client, TableName);
  });
});
