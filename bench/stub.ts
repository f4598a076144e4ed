import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Value = Readonly<Record<string, unknown>>;
type Item = Record<string, Value>;

/** One write as DynamoDB takes it. */
interface Write {
  readonly TableName: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>>;
}

/** A PartiQL statement. */
interface Statement {
  readonly Statement: string;
  readonly Parameters: readonly Value[];
}

/** The key's attribute of each table. */
const KEYS: Readonly<Record<string, string>> = {
  records: 'id',
  reservations: 'orderId',
  stock: 'sku',
  dependencies: 'dependency',
};
/** More stock than any run uses. */
const PLENTY = '900000000000';

/**
 * Answers the calls of the measured functions as DynamoDB, EventBridge and SQS would, without a delay. It supports only the conditions and
 * updates of these functions.
 */
export class AwsStub {
  calls = 0;
  private readonly tables = new Map<string, Item>();
  private readonly server: Server = createServer((request, response) => {
    void this.answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    });
  });

  /** @returns the endpoint */
  async start(): Promise<string> {
    this.server.keepAliveTimeout = 60_000;
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Forgets all items and calls. */
  reset(): void {
    this.calls = 0;
    this.tables.clear();
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    this.calls++;
    const input = JSON.parse(await text(request));
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    switch (operation) {
      case 'GetItem':
        return ok({ Item: this.read(input) });
      case 'BatchGetItem':
        return ok({ Responses: this.readAll(input.RequestItems), UnprocessedKeys: {} });
      case 'PutItem':
      case 'UpdateItem':
        return this.write([input], false);
      case 'BatchExecuteStatement':
        return ok({ Responses: input.Statements.map((statement: Statement) => this.execute(statement)) });
      case 'TransactWriteItems':
        return this.write(
          input.TransactItems.map(({ Put, Update }: { Put?: Write; Update?: Write }) => Put ?? Update),
          true,
        );
      case 'PutEvents':
        return ok({ FailedEntryCount: 0, Entries: input.Entries.map(() => ({ EventId: 'event' })) });
      default:
        return { status: 400, body: { __type: 'UnknownOperationException', message: operation } };
    }
  }

  private write(writes: readonly Write[], isTransaction: boolean) {
    const failed = writes.map((write) => !this.holds(write));
    if (failed.includes(true)) {
      const reasons = failed.map((one) => ({ Code: one ? 'ConditionalCheckFailed' : 'None' }));
      const [first] = writes as [Write];
      return {
        status: 400,
        body: isTransaction
          ? { __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException', CancellationReasons: reasons }
          : { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', Item: this.read(first) },
      };
    }
    for (const write of writes) this.tables.set(placeOf(write), write.Item ?? updated(this.read(write), write));
    return ok({});
  }

  /** Executes an `INSERT`, the only statement of the measured functions. */
  private execute({ Statement, Parameters }: Statement) {
    const [, TableName = '', list = ''] = /^INSERT INTO "(.*)" VALUE \{(.*)\}$/.exec(Statement) ?? [];
    const names = [...list.matchAll(/'(\w+)': \?/g)].map(([, name]) => name);
    const Item = Object.fromEntries(Parameters.map((value, index) => [names[index], value]));
    const { status } = this.write([{ TableName, Item, ConditionExpression: 'attribute_not_exists(#key)' }], false);
    return status === 200 ? { TableName } : { Error: { Code: 'DuplicateItem', Message: 'exists' } };
  }

  private holds(write: Write): boolean {
    const { ConditionExpression: condition, ExpressionAttributeNames: names = {} } = write;
    const item = this.read(write);
    if (condition === undefined) return true;
    if (/^attribute_not_exists/.test(condition)) return item === undefined;
    const [, name = '', operator, value = ''] = /^(#\w+) (=|>=) (:\w+)$/.exec(condition) ?? [];
    const stored = Number(item?.[names[name] ?? '']?.N);
    const expected = Number(write.ExpressionAttributeValues?.[value]?.N);
    return operator === '=' ? stored === expected : stored >= expected;
  }

  private read(write: Pick<Write, 'TableName' | 'Key' | 'Item'>): Item | undefined {
    const sku = write.TableName === 'stock' ? (write.Key?.sku as Value) : undefined;
    const plenty: Item | undefined = sku && { sku, available: { N: PLENTY }, _version: { N: '1' } };
    return this.tables.get(placeOf(write)) ?? plenty;
  }

  private readAll(requests: Readonly<Record<string, { readonly Keys: readonly Item[] }>>) {
    return Object.fromEntries(
      Object.entries(requests).map(([TableName, { Keys }]) => [
        TableName,
        Keys.flatMap((Key) => this.read({ TableName, Key }) ?? []),
      ]),
    );
  }
}

function ok(body: object) {
  return { status: 200, body };
}

function placeOf({ TableName, Key, Item }: Pick<Write, 'TableName' | 'Key' | 'Item'>): string {
  return `${TableName}/${JSON.stringify((Key ?? Item)?.[KEYS[TableName] ?? ''])}`;
}

/** Applies `SET #a = :a, …` or `ADD #a :a, …`. */
function updated(item: Item | undefined, write: Write): Item {
  const { Key, UpdateExpression = '', ExpressionAttributeNames: names = {} } = write;
  const result: Item = { ...Key, ...item };
  const isSum = UpdateExpression.startsWith('ADD');
  for (const [, name = '', value = ''] of UpdateExpression.matchAll(/(#\w+)(?: =)? (:\w+)/g)) {
    const given = write.ExpressionAttributeValues?.[value] ?? {};
    const attribute = names[name] ?? '';
    result[attribute] = isSum ? { N: String(Number(result[attribute]?.N ?? 0) + Number(given.N)) } : given;
  }
  return result;
}
