import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { accept } from '../../../lambdas/runtime/http/accept';
import { type HttpRequest, type HttpResponse, Problem } from '../../../lambdas/runtime/http/http';
import type { Ref } from '../../../lambdas/runtime/store/store';
import { recordRef } from '../../../lambdas/runtime/work/commit';
import { MOST_RECEIPTS, makeReceipt, recordsIn } from '../../../lambdas/runtime/work/receipts';
import { HandlerWorld } from '../../support/handler-world';
import { httpRequest } from '../../support/http-request';

const schema = z.object({ loanId: z.string(), amount: z.int() });
const Repaid = defineEvent({ name: 'Repaid', owner: 'lender', version: 1, schema });
const lender = defineService('lender');
interface Loan {
  readonly loanId: string;
  readonly owed: number;
}
const loans = lender.table('loans', { key: 'loanId', inboxOf: ['lend', 'repay'] }).of<Loan>();
const options = { body: schema, emits: [Repaid], uses: [loans], inbox: ({ loanId }: Amount) => loans(loanId) } as const;
type Amount = z.infer<typeof schema>;
let runs = 0;

const lend = accept(lender.endpoint('lend', { route: 'POST /loans', ...options }), ({ loanId, amount }, work) => {
  work.create(loans(loanId), { loanId, owed: amount });
  return { body: { run: ++runs } };
});

const repay = accept(
  lender.endpoint('repay', { route: 'POST /repayments', ...options }),
  async ({ loanId, amount }, work) => {
    const loan = await work.load(loans(loanId));
    if (!loan) throw new Problem(404, 'unknown-loan', 'There is no such loan');
    if (amount === 0) return { body: { run: ++runs } };
    work.put(loans(loanId), { ...loan, owed: loan.owed - amount });
    for (let paid = 0; paid < amount; paid++) work.emit(Repaid, { loanId, amount: 1 });
    return { body: { run: ++runs } };
  },
);

function request(amount: number, key?: string): HttpRequest {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  return httpRequest('POST /repayments', { loanId: 'one', amount }, {}, headers);
}

const statusOf = ({ statusCode }: HttpResponse) => statusCode;

/** A world in which 100 are lent. */
class LoanWorld extends HandlerWorld {
  static async make(receipts: readonly string[] | undefined = []): Promise<LoanWorld> {
    const world = new LoanWorld();
    await world.store.transact([{ kind: 'create', ref: loans('one'), item: { loanId: 'one', owed: 100 }, receipts }]);
    return world;
  }

  repay(amount: number, key?: string): Promise<HttpResponse> {
    return this.request(repay, request(amount, key));
  }

  get owed(): number | undefined {
    return this.store.items<Loan>('loans')[0]?.owed;
  }

  async receipts(): Promise<readonly string[]> {
    return (await this.store.load([loans('one')]))[0]?.receipts ?? [];
  }
}

describe('an endpoint with an inbox', () => {
  it('keeps receipt, events and answer of a request in its item, by one put', async () => {
    const world = await LoanWorld.make();
    const transact = jest.spyOn(world.store, 'transact');
    const { body } = await world.repay(5, 'key');
    expect(transact.mock.calls.map(([writes]) => writes.map(({ kind, ref }) => [kind, ref.table]))).toEqual([
      [['put', 'loans']],
    ]);
    expect(recordsIn(await world.receipts())).toMatchObject([
      {
        id: expect.stringMatching(/^lender\.repay#/),
        outbox: { events: Array(5).fill(expect.anything()) },
        response: JSON.stringify({ statusCode: 202, headers: { 'content-type': 'application/json' }, body }),
      },
    ]);
  });

  it('repeats the first answer without running the handler, and refuses another body', async () => {
    const world = await LoanWorld.make();
    const answer = await world.repay(5, 'key');
    const before = runs;
    expect(await world.repay(5, 'key')).toEqual(answer);
    expect(statusOf(await world.repay(6, 'key'))).toBe(422);
    expect([runs, world.owed, world.published().length]).toEqual([before, 95, 5]);
  });

  it('remembers a request that changes nothing', async () => {
    const world = await LoanWorld.make();
    const answer = await world.repay(0, 'key');
    expect(await world.repay(0, 'key')).toEqual(answer);
    expect([world.owed, recordsIn(await world.receipts())]).toEqual([
      100,
      [expect.not.objectContaining({ outbox: expect.anything() })],
    ]);
  });

  it('takes a key that was used for another item as another key, and its events are others', async () => {
    const world = await LoanWorld.make();
    const two = { kind: 'create', ref: loans('two'), item: { loanId: 'two', owed: 10 }, receipts: [] } as const;
    await world.store.transact([two]);
    const ofTwo = httpRequest('POST /repayments', { loanId: 'two', amount: 1 }, {}, { 'idempotency-key': 'key' });
    await world.repay(1, 'key');
    const first = await world.request(repay, ofTwo);
    expect(await world.request(repay, ofTwo)).toEqual(first);
    expect(world.store.items<Loan>('loans').map(({ owed }) => owed)).toEqual([99, 9]);
    const ids = world.published().map(({ detail }) => detail.metadata);
    expect(new Set(ids.map(({ id }) => id)).size).toBe(2);
    expect(new Set(ids.map(({ correlationId }) => correlationId)).size).toBe(2);
  });

  it('leaves no receipt of a request without a key, which nobody looks for', async () => {
    const world = await LoanWorld.make();
    await world.repay(1);
    expect(await world.receipts()).toEqual([]);
  });

  it('processes each request without a key', async () => {
    const world = await LoanWorld.make();
    await world.repay(5);
    await world.repay(5);
    expect(world.owed).toBe(90);
  });

  it('reads its item once, together with the record of a request that had no room in it', async () => {
    const world = await LoanWorld.make();
    const load = jest.spyOn(world.store, 'load');
    await world.repay(5, 'key');
    expect(load.mock.calls.map(([refs]) => refs.map(({ table }: Ref) => table))).toEqual([['loans'], ['records']]);
  });

  it('gives the answer of the first of two equal requests at the same moment to both', async () => {
    const world = await LoanWorld.make();
    const [one, other] = await Promise.all([world.repay(5, 'key'), world.repay(5, 'key')]);
    expect(other).toEqual(one);
    expect([world.owed, world.published().length]).toEqual([95, 5]);
  });

  it('gives it to both when they create the item, and refuses to create it again', async () => {
    const world = new LoanWorld();
    const send = (amount: number, key: string) => world.request(lend, request(amount, key));
    const [one, other] = await Promise.all([send(100, 'key'), send(100, 'key')]);
    expect([statusOf(one), other]).toEqual([202, one]);
    expect([statusOf(await send(50, 'another')), world.owed]).toEqual([422, 100]);
    const [third, fourth] = await Promise.all([send(50, 'new'), send(50, 'newer')]);
    expect([third, fourth].map(statusOf)).toEqual([422, 422]);
  });

  it('writes nothing when its handler refuses the request, because the item does not exist', async () => {
    const world = new LoanWorld();
    expect(statusOf(await world.repay(5, 'key'))).toBe(404);
    await world.store.transact([{ kind: 'create', ref: loans('one'), item: { loanId: 'one', owed: 9 }, receipts: [] }]);
    expect([statusOf(await world.repay(5, 'key')), world.owed]).toEqual([202, 4]);
  });

  const full = Array.from({ length: MOST_RECEIPTS }, (_, index) => makeReceipt(`${index}`, 1));
  it.each<[string, number, readonly string[] | undefined]>([
    ['has no room for the record', 60, []],
    ['has no room for the receipt', 5, full],
    ['is from before the inbox', 5, undefined],
  ])('repeats the answer from the idempotency table when the item %s', async (_, amount, receipts) => {
    const world = new LoanWorld();
    const item = { loanId: 'one', owed: 100 };
    await world.store.transact([{ kind: 'create', ref: loans('one'), item, ...(receipts && { receipts }) }]);
    const answer = await world.repay(amount, 'key');
    expect(world.store.items('records')).toHaveLength(1);
    const before = runs;
    expect(await world.repay(amount, 'key')).toEqual(answer);
    expect(statusOf(await world.repay(6, 'key'))).toBe(422);
    expect([runs, world.owed]).toEqual([before, 100 - amount]);
  });

  it('repeats the answer to a request that was processed before the inbox was declared', async () => {
    const earlierLoans = lender.table('loans', { key: 'loanId', inboxOf: ['lend'] }).of<Loan>();
    const { inbox: __, ...rest } = options;
    const earlier = accept(
      lender.endpoint('repay', { route: 'POST /repayments', ...rest, uses: [earlierLoans] }),
      async ({ loanId, amount }, work) => {
        const loan = await work.load(earlierLoans(loanId), { orElse: { loanId, owed: 0 } });
        work.put(earlierLoans(loanId), { loanId, owed: loan.owed - amount });
        return { body: { run: 'before' } };
      },
    );
    const world = await LoanWorld.make();
    const answer = await world.request(earlier, request(5, 'key'));
    expect(await world.repay(5, 'key')).toEqual(answer);
    expect(world.owed).toBe(95);
  });

  it('reads the record again that was written while the first read was under way', async () => {
    const world = await LoanWorld.make();
    const answer = await world.repay(60, 'key');
    const load = world.store.load.bind(world.store);
    let reads = 0;
    jest.spyOn(world.store, 'load').mockImplementation(async (refs) => {
      const isRecord = refs.some(({ table }) => table === recordRef('', '').table);
      return isRecord && ++reads === 1 ? refs.map(() => undefined) : load(refs);
    });
    expect(await world.repay(60, 'key')).toEqual(answer);
    expect(reads).toBe(2);
  });

  it('refuses a repetition whose answer has expired, although its receipt has not', async () => {
    const world = await LoanWorld.make();
    await world.repay(60, 'key');
    const load = world.store.load.bind(world.store);
    jest.spyOn(world.store, 'load').mockImplementation(async (refs) => {
      return refs.some(({ table }) => table === 'records') ? refs.map(() => undefined) : load(refs);
    });
    expect(statusOf(await world.repay(60, 'key'))).toBe(422);
    expect(world.owed).toBe(40);
  });

  it('answers 503 when it names an item of another table', async () => {
    const others = lender.table('others', { key: 'loanId' }).of<Loan>();
    const declared = lender.endpoint('repay', {
      ...{ route: 'POST /repayments', ...options, uses: [loans, others] },
      inbox: ({ loanId }) => others(loanId),
    });
    const errors: unknown[] = [];
    const world = await LoanWorld.make();
    const runtime = {
      ...world.runtime(),
      log: { info() {}, warn() {}, error: (_: string, { error }: { error?: unknown }) => void errors.push(error) },
    };
    const handler = accept(declared, () => ({ body: {} }));
    expect(statusOf(await handler.run(request(5, 'key'), runtime))).toBe(503);
    expect(errors).toEqual(['Error: lender.repay: its inbox is loans, and "inbox" returns an item of others.']);
  });
});

describe('the declaration of an endpoint', () => {
  const { inbox: _, ...without } = options;

  it('says which item of its inbox keeps a request', () => {
    expect(() => lender.endpoint('repay', { route: 'POST /repayments', ...without })).toThrow(
      'lender.repay does not say which item of its inbox loans keeps a request: add "inbox: (body) => loans(body.loanId)".',
    );
  });

  it('has an inbox among its tables', () => {
    expect(() => lender.endpoint('forgive', { route: 'POST /forgiven', ...options })).toThrow(
      'lender.forgive has an inbox: add its name to "inboxOf" of a table that it uses.',
    );
  });

  it('compiles only with an item of its tables', () => {
    const others = defineService('other').table('others', { key: 'id' }).of<{ id: string }>();
    // @ts-expect-error: others is not in uses
    const declared = lender.endpoint('repay', { route: 'POST /repayments', ...options, inbox: () => others('one') });
    expect(() => declared.inbox?.({ loanId: 'one', amount: 1 })).toThrow('returns an item of others');
  });
});
