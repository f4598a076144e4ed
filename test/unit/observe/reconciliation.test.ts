import { defineReconciliationContracts } from '../../../contracts/core/reconciliation';
import { fullName } from '../../../lib/broker/manifest';
import { reconcilersOf, sideBySide } from '../../../observe/reconciliation';

describe('what is seen of a reconciliation', () => {
  it('belongs to the services that subscribe to their own steps', () => {
    const due = fullName(defineReconciliationContracts('ledger').ReconciliationDue);
    const subscription = (to: string) => ({ name: 'reconcile', to: [to] }) as never;
    const services = [
      { service: 'ledger', subscriptions: [subscription('ledger.Other'), subscription(due)] },
      { service: 'other', subscriptions: [subscription(due)] },
    ] as never;
    expect(reconcilersOf({ services }).map(({ service }) => service)).toEqual(['ledger']);
  });

  it('shows the entries of all books side by side, and marks what differs', () => {
    const sides = {
      ours: [{ amount: { value: 1, currency: 'EUR' }, notes: ['a', 'b'] }],
      theirs: [{ amount: { value: 2, currency: 'EUR' } }, { amount: { value: 3, currency: 'EUR' }, only: 'theirs' }],
      others: [],
    };
    const { books, rows } = sideBySide({ sides });
    expect(books).toEqual(['ours', 'theirs', 'others']);
    expect(rows).toEqual([
      { attribute: 'amount.value', differs: true, values: { ours: ['1'], theirs: ['2', '3'], others: [] } },
      { attribute: 'amount.currency', differs: false, values: { ours: ['EUR'], theirs: ['EUR', 'EUR'], others: [] } },
      { attribute: 'notes', differs: false, values: { ours: ['a, b'], theirs: ['', ''], others: [] } },
      { attribute: 'only', differs: false, values: { ours: [''], theirs: ['', 'theirs'], others: [] } },
    ]);
  });
});
