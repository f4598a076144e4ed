import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { apiUrl, type Deployment, discoverLocal, serviceOf, tableOf } from '../../deployed/discover';
import { listMappings } from '../../deployed/mappings';
import { peek, queueDepth } from '../../deployed/queues';
import { DynamoDbStore } from '../../lambdas/runtime/store/dynamodb-store';
import { emittedEvents } from '../../observe/effects';
import { scanItems } from '../../observe/items';
import { scanRecords } from '../../observe/records';
import { parcels } from '../fixture/lambdas/depot/service';
import { ROOM } from '../fixture/lambdas/scales/make-room';
import { room, weighings } from '../fixture/lambdas/scales/service';
import { eventually as until } from '../kit';
import { endpoint } from './cloud';

(endpoint === undefined ? describe.skip : describe)('the core on the local cloud', () => {
  let deployment: Deployment;
  let url: string;
  beforeAll(async () => {
    deployment = await discoverLocal(endpoint ?? '');
    url = apiUrl(deployment, 'depot');
  });

  const storeOf = (service: string) => {
    const { tables, records } = serviceOf(deployment, service);
    return new DynamoDbStore(deployment.clients.of(DynamoDBClient), (name) =>
      name === 'records' ? records : (tables[name] ?? name),
    );
  };
  const subscription = (service: string, name: string) => {
    const found = serviceOf(deployment, service).subscriptions.find((one) => one.name === name);
    if (!found) throw new Error(`There is no subscription ${service}.${name}.`);
    return found;
  };
  const register = (parcelId: string, key: string, grams = 100) =>
    fetch(`${url}/parcels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ parcelId, grams }),
    });
  const statusOf = async (parcelId: string) => {
    const response = await fetch(`${url}/parcels/${parcelId}`);
    return response.ok ? ((await response.json()) as { status: string }).status : String(response.status);
  };
  /** Waits until each weighed parcel has taken room once, including the parcels of other suites. */
  const roomIsTakenOnce = () =>
    until('each weighed parcel has taken room once', async () => {
      const items = await scanItems<{ outcome: string }>(deployment, tableOf(deployment, 'scales', weighings.name));
      const weighed = items.filter(({ outcome }) => outcome === 'weighed').length;
      const [loaded] = await storeOf('scales').load([room('all')]);
      return (loaded?.item as { free: number } | undefined)?.free === ROOM - weighed;
    });
  const send = (QueueUrl: string, MessageBody: string) =>
    deployment.clients.of(SQSClient).send(new SendMessageCommand({ QueueUrl, MessageBody }));

  test('accepts a request at once, delivers its event over the bus, and serves its status', async () => {
    const response = await register('first', 'key-first');
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/parcels/first');
    await until('the parcel is shipped', async () => (await statusOf('first')) === 'shipped');
    await roomIsTakenOnce();
  });

  test('answers a repeated request alike with one effect, and refuses another body under its key', async () => {
    const [one, two] = await Promise.all([register('twice', 'key-twice'), register('twice', 'key-twice')]);
    expect([one.status, two.status]).toEqual([202, 202]);
    expect(await one.json()).toEqual(await two.json());
    expect((await register('twice', 'key-twice', 200)).status).toBe(422);
    await until('the parcel is shipped', async () => (await statusOf('twice')) === 'shipped');
  });

  test('answers 404 for an unknown resource, and 400 with the field for an invalid body', async () => {
    expect(await statusOf('nobody')).toBe('404');
    const response = await fetch(`${url}/parcels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ parcelId: 'x', grams: 'many' }),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.text()).toContain('#/grams');
  });

  test('ignores the duplicate of an event', async () => {
    await register('again', 'key-again');
    await until('the parcel is shipped', async () => (await statusOf('again')) === 'shipped');
    const event = await eventOf('depot', 'depot.register-parcel', 'ParcelRegistered', 'again');
    const { queue } = subscription('scales', 'weigh-parcel');
    for (let copy = 0; copy < 3; copy++) await send(queue, event.body);
    const { records, receipts } = await scanRecords(deployment, serviceOf(deployment, 'scales'));
    expect([...records.map(({ id }) => id), ...receipts]).toContain(`scales.weigh-parcel#${event.id}`);
    await until('the copies are processed', async () => (await queueDepth(deployment, queue)) === 0);
    await roomIsTakenOnce();
  });

  test.each([
    ['not JSON', 'hello', 'not-json'],
    ['no event', '{"hello":1}', 'not-an-event'],
  ])('parks a message that is %s with its reason and body', async (_, body, reason) => {
    const { queue, deadLetterQueue } = subscription('scales', 'weigh-parcel');
    await send(queue, body);
    const letter = await until('the dead letter is there', async () =>
      (await peek(deployment, deadLetterQueue)).find((one) => one.Body === body),
    );
    expect(letter.MessageAttributes?.reason?.StringValue).toBe(reason);
  });

  test('publishes an event again by a reminder while its consumer is disabled, with one effect', async () => {
    const { function: name } = subscription('scales', 'weigh-parcel');
    await setEnabled(name, false);
    try {
      await register('late', 'key-late');
      await until('a reminder has come', async () => {
        const [loaded] = await storeOf('depot').load([parcels('late')]);
        return ((loaded?.item as { reminded: number } | undefined)?.reminded ?? 0) > 0;
      });
    } finally {
      await setEnabled(name, true);
    }
    await until('the parcel is shipped', async () => (await statusOf('late')) === 'shipped');
    await until(
      'its queue is empty',
      async () => (await queueDepth(deployment, subscription('scales', 'weigh-parcel').queue)) === 0,
    );
    await roomIsTakenOnce();
    expect((await storeOf('scales').load([weighings('late')]))[0]?.item).toEqual({
      parcelId: 'late',
      outcome: 'weighed',
    });
  });

  async function setEnabled(functionName: string, Enabled: boolean): Promise<void> {
    for (const { UUID } of await listMappings(deployment, functionName)) {
      await deployment.clients.of(LambdaClient).send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    }
  }

  /** Reads an event from the outbox of a function, in the form that the bus delivers. */
  async function eventOf(service: string, consumer: string, name: string, parcelId: string) {
    const { records } = await scanRecords(deployment, serviceOf(deployment, service));
    const event = emittedEvents(records.filter(({ id }) => id.startsWith(`${consumer}#`))).find(
      ({ name: one, detail }) => one === name && JSON.stringify(detail.data).includes(parcelId),
    );
    if (!event) throw new Error(`${consumer} has not emitted ${name} for ${parcelId}.`);
    const body = JSON.stringify({ source: event.source, 'detail-type': event.name, detail: event.detail });
    return { id: event.detail.metadata.id, body };
  }
});
