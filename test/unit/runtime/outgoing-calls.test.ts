import { consume } from '../../../lambdas/runtime/consume/consume';
import { sendWebhook } from '../../../lambdas/runtime/webhooks/webhook';
import { recordCall } from '../../../lambdas/runtime/work/current-cause';
import { Asked, answer, counter } from '../../support/batch-world';
import { eventOf, HandlerWorld } from '../../support/handler-world';
import { Receiver } from '../../support/receiver';

const asked = { ...eventOf(Asked, { id: 'one' }) };
const secrets = { current: Buffer.from('a'.repeat(32)).toString('base64') };
const webhook = (url: string) => {
  const message = { id: 'msg_1', url, type: 'order.confirmed', timestamp: '2026-01-01T00:00:00.000Z', data: {} };
  return sendWebhook(message, secrets, { rules: { local: true } });
};

/** Delivers an event to a handler. @returns the calls in its record */
async function callsOf(handle: Parameters<typeof consume<typeof Asked, never, typeof counter>>[1]) {
  const world = new HandlerWorld();
  await world.deliver(consume(answer, handle as never), asked);
  const [record] = world.store.items<{ calls?: string }>('records');
  return record?.calls === undefined ? undefined : JSON.parse(record.calls);
}

describe('the record of a unit of work', () => {
  it('has the webhook that was sent, the origin of its address, and the answer', async () => {
    const receiver = await Receiver.start((response) => response.writeHead(503).end());
    const calls = await callsOf(() => webhook(`${receiver.url}/a-token?with=more`));
    await receiver.stop();
    expect(calls).toEqual([
      {
        at: '2026-01-01T00:00:00.000Z',
        method: 'POST',
        url: new URL(receiver.url).origin,
        about: 'order.confirmed',
        key: 'msg_1',
        status: 503,
        milliseconds: 0,
      },
    ]);
  });

  it('has the code of the error when there was no answer', async () => {
    const receiver = await Receiver.start(() => {});
    await receiver.stop();
    const { url } = receiver;
    expect(await callsOf(() => webhook(url))).toMatchObject([{ problem: 'ECONNREFUSED' }]);
    const get = () => recordCall({ method: 'GET', url: `${url}/path?token` }, () => fetch(url));
    const calls = await callsOf(() => get().catch(() => {}));
    expect(calls).toMatchObject([{ url: `${url}/path`, problem: 'ECONNREFUSED' }]);
    const late = Object.assign(new Error(), { name: 'TimeoutError' });
    const wait = () => recordCall({ method: 'GET', url }, () => Promise.reject(late));
    expect(await callsOf(() => wait().catch(() => {}))).toMatchObject([{ problem: 'TIMEOUT' }]);
  });

  it('has the calls of every run, because a run that decides again does not undo them', async () => {
    const world = new HandlerWorld();
    let runs = 0;
    const handler = consume(answer, async (_data, work) => {
      const known = await work.load(counter('one'), { orElse: { id: 'one', count: 0 } });
      await recordCall({ method: 'POST', url: 'https://bank.example/charges' }, async () => ({ status: 200 + runs }));
      // Another unit of work changes the item.
      if (runs++ === 0)
        await world.store.transact([{ kind: 'create', ref: counter('one'), item: { id: 'one', count: 5 } }]);
      work.put(counter('one'), known);
    });
    await world.deliver(handler, asked);
    const [record] = world.store.items<{ calls: string }>('records');
    expect(JSON.parse(record?.calls ?? '')).toMatchObject([{ status: 200 }, { status: 201 }]);
  });

  it('has the latest ten calls, and nothing where there was none', async () => {
    const many = async () => {
      for (let status = 1; status <= 12; status++)
        await recordCall({ method: 'GET', url: 'https://bank.example/' }, async () => ({ status }));
    };
    const calls = (await callsOf(many)) as { status: number }[];
    expect(calls.map(({ status }) => status)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await callsOf(() => {})).toBeUndefined();
  });
});

describe('a call outside a unit of work', () => {
  it('is sent as it is', async () => {
    const response = await recordCall({ method: 'GET', url: 'https://bank.example/' }, async () => ({ status: 204 }));
    expect(response).toEqual({ status: 204 });
  });
});
