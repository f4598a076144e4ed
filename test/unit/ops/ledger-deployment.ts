import { marshall } from '@aws-sdk/util-dynamodb';
import { defineReconciliationContracts } from '../../../contracts/core/reconciliation';
import type { Deployment } from '../../../deployed/discover';
import type { Item } from '../../../lambdas/runtime/store/store';
import { fullName } from '../../../lib/broker/manifest';
import type { Ledger } from '../reconciliation/ledger';

interface Input {
  readonly TableName: string;
  readonly Key: Readonly<Record<string, { readonly S: string }>>;
  readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly Input['Key'][] }>>;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly S: string }>>;
  readonly Entries: readonly { readonly MessageBody: string }[];
}

export const ARN = 'arn:aws:iam::1:user/ada';

/**
 * A deployment of the ledger, as far as operators' commands call it: its tables, and a queue that delivers at once.
 *
 * @param receive what becomes of a message. Default: the ledger processes it, and all that follows
 */
export function deploymentOf(ledger: Ledger, receive = (body: string) => ledger.receive(body)): Deployment {
  const { ReconciliationDue } = defineReconciliationContracts('ledger');
  const names = ['reconciliation-runs', 'reconciliation-shards', 'discrepancies'];
  const services = [
    {
      service: 'ledger',
      records: 'records',
      tables: Object.fromEntries(names.map((name) => [name, name])),
      subscriptions: [{ name: 'reconcile', queue: 'https://queue', to: [fullName(ReconciliationDue)] }],
    },
  ];
  const items = (table: string) => ledger.world.store.items<Item>(table).map((item) => toAttributes(item));
  const withKey = (table: string, key: Input['Key']) =>
    items(table).filter((item) => Object.entries(key).every(([name, { S }]) => item[name]?.S === S));
  const answers: Readonly<Record<string, (input: Input) => object | Promise<object>>> = {
    GetItemCommand: ({ TableName, Key }) => ({ Item: withKey(TableName, Key)[0] }),
    BatchGetItemCommand: ({ RequestItems }) => ({
      Responses: Object.fromEntries(
        Object.entries(RequestItems).map(([table, { Keys }]) => [table, Keys.flatMap((key) => withKey(table, key))]),
      ),
    }),
    ScanCommand: ({ TableName }) => ({ Items: items(TableName) }),
    QueryCommand: ({ TableName, ExpressionAttributeNames: names, ExpressionAttributeValues: values }) => ({
      Items: withKey(TableName, { [names['#attribute'] ?? '']: values[':value'] as { S: string } }),
    }),
    GetCallerIdentityCommand: () => ({ Arn: ARN }),
    SendMessageBatchCommand: async ({ Entries }) => {
      for (const { MessageBody } of Entries) await receive(MessageBody);
      return {};
    },
  };
  const send = async (command: { readonly input: Input }) => {
    const answer = answers[command.constructor.name];
    if (!answer) throw new Error(`The deployment does not know ${command.constructor.name}.`);
    return answer(command.input);
  };
  // The SDK's paginators accept instances of the client's class only.
  const clients = { of: (Class: { prototype: object }) => Object.assign(Object.create(Class.prototype), { send }) };
  return { stage: 'local', services, clients } as never;
}

function toAttributes(item: Item): Record<string, { readonly S?: string }> {
  return marshall(item, { removeUndefinedValues: true }) as Record<string, { readonly S?: string }>;
}
