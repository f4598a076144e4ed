import * as z from 'zod/mini';
import { readTable } from '../../../console/server/tables';
import { defineEvent } from '../../../contracts/core/contract';
import { secret } from '../../../contracts/core/sensitivity';
import type { Deployment } from '../../../deployed/discover';
import { makeReceipt, withRecord } from '../../../lambdas/runtime/work/receipts';
import { readAnswers, sdkClients } from '../../support/sdk-clients';

const AT = '2026-01-01T00:00:00.000Z';
const EVENT = '11111111-1111-4111-8111-111111111111';
const schema = z.object({ name: z.string(), code: secret(z.string()) });
const contracts = [defineEvent({ name: 'RoomOpened', owner: 'desk', version: 1, schema })];

const outbox = JSON.stringify({ trace: 'a', events: [{ name: 'RoomOpened', data: { name: 'Ada', code: '4711' } }] });
const plain = makeReceipt(EVENT, Date.parse(AT), 1);
const kept = withRecord(
  makeReceipt(EVENT, Date.parse(AT)),
  { consumer: 'desk.open', correlationId: EVENT, outbox },
  [],
);

/** The receipts of an item, as the console shows them. */
async function shown(receipt: string | undefined, personal: boolean): Promise<unknown> {
  const inbox = { table: 'rooms', keys: ['roomId'] };
  const subscriptions = ['open', 'close'].map((name, position) => ({ name, emits: [], inbox: { ...inbox, position } }));
  const services = [
    { service: 'desk', records: 'records', tables: { rooms: 'rooms-table' }, subscriptions, endpoints: [] },
  ];
  const KeySchema = [{ AttributeName: 'roomId', KeyType: 'HASH' }];
  const clients = sdkClients({
    ...readAnswers(() => [{ roomId: '7', guest: 'Ada', _receipts: [receipt], _recorded: true, _version: 2 }]),
    DescribeTableCommand: () => ({ Table: { KeySchema, ItemCount: 1 } }),
  });
  const deployment = { stage: 'local', services, clients } as unknown as Deployment;
  const { items } = await readTable(deployment, contracts, 'desk.rooms', { key: undefined, personal });
  expect(items).toMatchObject([{ roomId: '7', guest: personal ? 'Ada' : '[hidden]', _recorded: true, _version: 2 }]);
  return items[0]?._receipts;
}

describe('the items of an inbox that the console shows', () => {
  test('have receipts with their event, time and consumer', async () => {
    expect(await shown(plain, true)).toEqual([{ consumer: 'desk.close', eventId: EVENT, processedAt: AT }]);
  });

  test('have receipts without personal values until asked for', async () => {
    const [receipt] = (await shown(kept, false)) as [object];
    expect(receipt).toMatchObject({ eventId: EVENT, processedAt: AT, correlationId: EVENT });
    expect(JSON.stringify(receipt)).not.toMatch(/Ada|4711/);
  });

  test('have records in their receipts, never with secrets', async () => {
    const data = { name: 'Ada', code: '[secret]' };
    expect(await shown(kept, true)).toMatchObject([{ consumer: 'desk.open', outbox: { events: [{ data }] } }]);
  });

  test('have nothing of a receipt that cannot be read', async () => {
    expect(await shown(`${plain.slice(0, -1)}{"by":"desk.open","code":"4711"`, true)).toEqual([
      { consumer: 'desk.open', eventId: EVENT, processedAt: AT, outbox: '[hidden]' },
    ]);
  });
});
