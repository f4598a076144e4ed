import { recordCall } from '../../../lambdas/runtime/work/current-cause';
import { runUnitOfWork } from '../../../lambdas/runtime/work/run-unit-of-work';
import type { UnitOfWork } from '../../../lambdas/runtime/work/unit-of-work';
import { HandlerWorld } from '../../support/handler-world';

const worker = { consumer: 'reader.read', emits: new Set<string>(), idempotencyDays: 30 };
const cause = { id: 'cause', correlationId: 'flow' };
const inbox = { table: 'views', key: { id: 'one' }, keepsReceipts: true };
const putView = async (work: UnitOfWork) => {
  await work.load(inbox);
  work.put(inbox, { id: 'one' });
};

describe('the record of a unit of work', () => {
  it('expires after the days of the idempotency window', async () => {
    const world = new HandlerWorld();
    world.now = new Date('2026-01-01T00:00:00.900Z');
    expect(await runUnitOfWork(worker, cause, world.runtime(), async () => ({ requestHash: 'hash' }))).toBe(
      'committed',
    );
    expect(world.store.items('records')).toEqual([
      {
        id: 'reader.read#cause',
        correlationId: 'flow',
        processedAt: '2026-01-01T00:00:00.900Z',
        expiresAt: Date.parse('2026-01-31T00:00:00Z') / 1_000,
        requestHash: 'hash',
      },
    ]);
  });

  it('is in the receipt with the calls of other systems and the events, if there are any', async () => {
    const [silent, calling] = [new HandlerWorld(), new HandlerWorld()];
    await runUnitOfWork(worker, cause, silent.runtime(), putView, { inbox });
    await runUnitOfWork(
      worker,
      cause,
      calling.runtime(),
      async (work) => {
        await putView(work);
        await recordCall({ method: 'GET', url: 'https://bank.example' }, async () => ({ status: 200 }));
      },
      { inbox },
    );
    const calls = expect.stringContaining('https://bank.example');
    expect(silent.store.records()).toEqual([]);
    expect(calling.store.records()).toEqual([expect.objectContaining({ id: 'reader.read#cause', calls })]);
    expect(calling.store.items('records')).toEqual([]);
  });
});

it('is a duplicate if its inbox has the receipt, and does not run the handler', async () => {
  const runtime = new HandlerWorld().runtime();
  await runUnitOfWork(worker, cause, runtime, putView, { inbox });
  const handle = jest.fn(async () => {});
  expect(await runUnitOfWork(worker, cause, runtime, handle, { inbox })).toBe('duplicate');
  expect(handle).not.toHaveBeenCalled();
});
