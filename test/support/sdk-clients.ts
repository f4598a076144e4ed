import { marshall } from '@aws-sdk/util-dynamodb';
import type { SdkClients } from '../../deployed/clients';

interface Input {
  readonly TableName: string;
  readonly Key: Readonly<Record<string, { readonly S: string }>>;
  readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly Input['Key'][] }>>;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly S: string }>>;
  readonly Entries: readonly { readonly MessageBody: string }[];
}

/** The answers to commands of the SDK, by the names of their classes. */
export type Answers = Readonly<Record<string, (input: Input) => object | Promise<object>>>;

/** Answers reads of tables. @param itemsOf the items of a table, by its physical name. A query has one condition, on equality */
export function readAnswers(itemsOf: (table: string) => readonly object[]): Answers {
  const items = (table: string) => itemsOf(table).map(toAttributes);
  const withKey = (table: string, key: Input['Key']) =>
    items(table).filter((item) => Object.entries(key).every(([name, { S }]) => item[name]?.S === S));
  return {
    GetItemCommand: ({ TableName, Key }) => ({ Item: withKey(TableName, Key)[0] }),
    BatchGetItemCommand: ({ RequestItems }) => ({
      Responses: Object.fromEntries(
        Object.entries(RequestItems).map(([table, { Keys }]) => [table, Keys.flatMap((key) => withKey(table, key))]),
      ),
    }),
    ScanCommand: ({ TableName }) => ({ Items: items(TableName) }),
    QueryCommand: ({ TableName, ExpressionAttributeNames: names, ExpressionAttributeValues: values }) => {
      const [name = ''] = Object.values(names);
      const [value = { S: '' }] = Object.values(values);
      return { Items: withKey(TableName, { [name]: value }) };
    },
  };
}

/** Returns clients that know these commands alone. */
export function sdkClients(answers: Answers): SdkClients {
  const send = async (command: { readonly input: Input }) => {
    const answer = answers[command.constructor.name];
    if (!answer) throw new Error(`The deployment does not know ${command.constructor.name}.`);
    return answer(command.input);
  };
  // The SDK's paginators accept instances of the client's class only.
  return { of: (Class: { prototype: object }) => Object.assign(Object.create(Class.prototype), { send }) } as never;
}

function toAttributes(item: object): Record<string, { readonly S?: string }> {
  return marshall(item, { removeUndefinedValues: true }) as Record<string, { readonly S?: string }>;
}
