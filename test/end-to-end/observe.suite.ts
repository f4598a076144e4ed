import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { apiUrl, type Deployment, discoverLocal, serviceOf } from '../../deployed/discover';
import { listMappings } from '../../deployed/mappings';
import type { Flow, Receipt } from '../../observe/flow';
import { eventsOfFlow, tailEvents } from '../../observe/journal';
import { readLogs } from '../../observe/logs';
import { inspectTable } from '../../observe/tables';
import { recentFlows, traceOf } from '../../observe/trace';
import { eventually as until } from '../kit';
import { endpoint } from './cloud';

(endpoint === undefined ? describe.skip : describe)('observing the local cloud', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await discoverLocal(endpoint ?? '');
  });

  const register = async (parcelId: string) => {
    const response = await fetch(`${apiUrl(deployment, 'depot')}/parcels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ parcelId, grams: 1 }),
    });
    expect(response.status).toBe(202);
  };
  const flowOf = (id: string, is: (flow: Flow) => boolean) =>
    until(`the flow of ${id} is as expected`, async () => {
      const flow = await traceOf(deployment, id);
      return flow && is(flow) ? flow : undefined;
    });
  const namesIn = ({ steps }: Flow) => steps.map(({ event }) => event.name);
  const receiptsOf = (flow: Flow, event: string): readonly Receipt[] =>
    flow.steps.find((step) => step.event.name === event)?.receipts ?? [];

  test('finds a flow by an id in its data, by its correlation id and by the id of an event', async () => {
    await register('traced');
    // Requests and reminders reach the journal on ways of their own, possibly after the last event.
    const flow = await flowOf(
      'traced',
      (one) =>
        one.state === 'settled' &&
        one.requests.length > 0 &&
        ['ParcelDue', 'ParcelClosed'].every((name) => namesIn(one).includes(name)),
    );
    expect(flow.requests).toMatchObject([
      { function: 'depot.register-parcel', route: 'POST /parcels', response: { status: 202 } },
    ]);
    expect(receiptsOf(flow, 'ParcelRegistered')).toMatchObject([
      { subscriber: 'scales.weigh-parcel', state: 'processed' },
    ]);
    const weighed = flow.steps.find(({ event }) => event.name === 'ParcelWeighed');
    const closed = flow.steps.find(({ event }) => event.name === 'ParcelClosed');
    expect([weighed?.emitter, closed?.emitter]).toEqual(['scales.weigh-parcel', 'depot.close-parcel']);
    expect((await traceOf(deployment, flow.correlationId))?.correlationId).toBe(flow.correlationId);
    expect((await traceOf(deployment, weighed?.event.id ?? ''))?.correlationId).toBe(flow.correlationId);
    const listed = await until('the flow is listed', async () =>
      (await recentFlows(deployment)).find(({ correlationId }) => correlationId === flow.correlationId),
    );
    expect(listed.startedBy).toBe('depot.ParcelRegistered');
  });

  test('records a reminder in the journal, with its due time, when it is sent', async () => {
    await register('reminded');
    const { correlationId } = await flowOf('reminded', (one) => namesIn(one).includes('ParcelDue'));
    const [reminder] = await until('the reminder is in the journal', async () => {
      const found = await eventsOfFlow(deployment, correlationId);
      const reminders = found.filter(({ channel }) => channel === 'reminder');
      return reminders.length > 0 && reminders;
    });
    expect(reminder).toMatchObject({ name: 'ParcelDue', due: expect.stringMatching(/^\d{4}-/) });
  });

  test('shows a flow as stuck while its consumer is disabled, and as settled afterwards', async () => {
    const name = serviceOf(deployment, 'scales').subscriptions[0]?.function ?? '';
    await setEnabled(name, false);
    try {
      await register('held');
      await flowOf('held', (one) => receiptsOf(one, 'ParcelRegistered')[0]?.state === 'pending');
      const later = await traceOf(deployment, 'held', { now: new Date(Date.now() + 120_000) });
      expect(later).toMatchObject({ state: 'stuck', stuckAt: expect.arrayContaining(['scales.weigh-parcel']) });
    } finally {
      await setEnabled(name, true);
    }
    await flowOf('held', (one) => one.state === 'settled' && namesIn(one).includes('ParcelClosed'));
  });

  test('shows a dead letter at its subscriber, with the reason', async () => {
    const at = new Date().toISOString();
    const metadata = { id: 'future', version: 99, correlationId: 'future-flow', causationId: 'x', occurredAt: at };
    const detail = { metadata: { ...metadata, traceparent: 'x' }, data: { parcelId: 'of-the-future', grams: 1 } };
    await deployment.clients.of(EventBridgeClient).send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: deployment.broker.bus.name,
            Source: 'depot',
            DetailType: 'ParcelRegistered',
            Detail: JSON.stringify(detail),
          },
        ],
      }),
    );
    const flow = await flowOf('of-the-future', (one) => one.state === 'stuck');
    expect(flow.stuckAt).toEqual(['scales.weigh-parcel']);
    expect(receiptsOf(flow, 'ParcelRegistered')).toMatchObject([{ state: 'dead', reason: 'unknown-version' }]);
  });

  test('follows the bus live, and shows each event once', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of tailEvents(
        deployment,
        { contract: 'ParcelRegistered' },
        stop.signal,
        new Date(Date.now() - 5_000),
      ))
        seen.push(event.id);
    })();
    await register('followed');
    const flow = await flowOf('followed', (one) => one.state === 'settled');
    const [id = ''] = flow.steps.filter(({ event }) => event.name === 'ParcelRegistered').map(({ event }) => event.id);
    await until('the event is seen', async () => seen.includes(id));
    stop.abort();
    await following;
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('finds log lines by any id in them, and items by their keys', async () => {
    await register('logged');
    const { correlationId } = await flowOf(
      'logged',
      (one) => one.state === 'settled' && namesIn(one).includes('ParcelClosed'),
    );
    await until('the lines are there', async () => {
      const found = await readLogs(deployment, { containing: correlationId });
      return found.length > 2 && found.some((line) => line.function === 'scales.weigh-parcel');
    });
    expect((await inspectTable(deployment, 'depot.parcels', { key: 'logged' })).items).toMatchObject([
      { parcelId: 'logged' },
    ]);
  });

  async function setEnabled(functionName: string, Enabled: boolean): Promise<void> {
    for (const { UUID } of await listMappings(deployment, functionName))
      await deployment.clients.of(LambdaClient).send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  }
});
