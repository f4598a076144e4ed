import { marshall } from '@aws-sdk/util-dynamodb';
import { SdkClients } from '../../../deployed/clients';
import type { Deployment } from '../../../deployed/discover';
import { makeReceipt, withRecord } from '../../../lambdas/runtime/work/receipts';
import { withAws } from '../../../test/support/aws-endpoint';
import { readSnapshot } from '../../snapshot';

/** The tables that a snapshot reads, by service. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  orders: ['orders'],
  inventory: ['stock', 'reservations'],
  payments: ['payments'],
  shipping: ['shipments'],
  reconciliation: ['payment-book'],
};

/** The subscriptions whose inbox is the table of orders. */
const inboxOf = (table: string) =>
  ['advance', 'close'].map((name, position) => ({ name, emits: [], inbox: { table, keys: ['orderId'], position } }));

const services = Object.entries(TABLES).map(([service, names]) => ({
  service,
  records: `${service}-records`,
  tables: Object.fromEntries(names.map((name) => [name, name])),
  subscriptions: service === 'orders' ? inboxOf('orders') : [],
  endpoints: [],
}));

const deploymentAt = (endpoint: string) => ({ clients: new SdkClients(endpoint), services }) as unknown as Deployment;

test('a snapshot reads all records and receipts before the tables that their effects are in', async () => {
  await withAws(
    () => ({ status: 200, body: { Items: [] } }),
    async ({ endpoint }, calls) => {
      await readSnapshot(deploymentAt(endpoint));
      const read = calls.map(({ body }) => String(body.TableName));
      const records = [...services.map((service) => service.records), 'orders'];
      expect(read.slice(0, records.length).sort()).toEqual(records.sort());
      expect(read.slice(records.length).sort()).toEqual(Object.values(TABLES).flat().sort());
    },
  );
});

test('a snapshot has the records of tables and of items, and the receipts of all subscriptions of an inbox', async () => {
  const kept = withRecord(makeReceipt('placed', 1), { consumer: 'orders.advance', correlationId: 'flow' }, []);
  const items: Readonly<Record<string, object[]>> = {
    'orders-records': [{ id: 'orders.sweep#run' }],
    orders: [{ orderId: '1', _receipts: [kept, makeReceipt('paid', 2, 1)] }],
  };
  await withAws(
    ({ body }) => ({
      status: 200,
      body: {
        Items: (items[String(body.TableName)] ?? []).map((item) => marshall(item, { removeUndefinedValues: true })),
      },
    }),
    async ({ endpoint }) => {
      const { records, receipts } = await readSnapshot(deploymentAt(endpoint));
      expect(records.map(({ id }) => id)).toEqual(['orders.sweep#run', 'orders.advance#placed']);
      expect(receipts).toEqual(['orders.advance#placed', 'orders.close#paid']);
    },
  );
});
