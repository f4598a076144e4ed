import { SdkClients } from '../../../deployed/clients';
import type { Deployment } from '../../../deployed/discover';
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

test('a snapshot reads all records before the tables that their effects are in', async () => {
  const services = Object.entries(TABLES).map(([service, names]) => ({
    service,
    records: `${service}-records`,
    tables: Object.fromEntries(names.map((name) => [name, name])),
    subscriptions: [],
  }));
  await withAws(
    () => ({ status: 200, body: { Items: [] } }),
    async ({ endpoint }, calls) => {
      await readSnapshot({ clients: new SdkClients(endpoint), services } as unknown as Deployment);
      const read = calls.map(({ body }) => String(body.TableName));
      expect(read.slice(0, services.length).sort()).toEqual(services.map(({ records }) => records).sort());
      expect(read.slice(services.length).sort()).toEqual(Object.values(TABLES).flat().sort());
    },
  );
});
