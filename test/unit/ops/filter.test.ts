import { type Filter, filterOf, isOpen, matches } from '../../../ops/dead-letters/filter';
import type { DeadLetter } from '../../../ops/dead-letters/letter';
import { chooseQueues, type DeadLetterQueue } from '../../../ops/dead-letters/queues';

const NOW = new Date('2026-01-31T12:00:00Z');
const letter: DeadLetter = {
  queue: 'inventory.reserve-stock',
  shape: 'parked',
  reason: 'not-json',
  contract: 'orders.OrderCreated',
  correlationId: 'request-1',
  since: new Date('2026-01-31T11:00:00Z'),
  message: {},
};

describe('a filter of dead letters', () => {
  it.each<[Filter, boolean]>([
    [{}, true],
    [{ reasons: ['not-json', 'expired'] }, true],
    [{ reasons: ['expired'] }, false],
    [{ contracts: ['OrderCreated'] }, true],
    [{ contracts: ['orders.OrderCreated'] }, true],
    [{ contracts: ['inventory.OrderCreated'] }, false],
    [{ correlationIds: ['request-1'] }, true],
    [{ correlationIds: ['request-2'] }, false],
    [{ since: new Date('2026-01-31T11:00:00Z') }, true],
    [{ since: new Date('2026-01-31T11:00:01Z') }, false],
    [{ until: new Date('2026-01-31T11:00:00Z') }, false],
    [{ until: new Date('2026-01-31T11:00:01Z') }, true],
    [{ reasons: ['not-json'], contracts: ['OrderPlaced'] }, false],
  ])('%j: %s', (filter, passes) => {
    expect(matches(letter, filter)).toBe(passes);
  });

  it('by contract or correlation lets nothing pass that has none', () => {
    const nameless = { ...letter, contract: undefined, correlationId: undefined };
    expect(matches(nameless, { contracts: ['OrderCreated'] })).toBe(false);
    expect(matches(nameless, { correlationIds: ['undefined'] })).toBe(false);
  });

  it('without conditions is open', () => {
    expect(isOpen(filterOf({}, NOW))).toBe(true);
    expect(isOpen(filterOf({ since: '2h' }, NOW))).toBe(false);
  });
});

describe('dead-letter queues', () => {
  const queues: DeadLetterQueue[] = [
    { name: 'broker', url: '1', of: 'broker' },
    { name: 'orders.relay', url: '2', of: 'relay', service: 'orders' },
    { name: 'orders.advance-order', url: '3', of: 'subscription', service: 'orders', source: '4' },
    { name: 'inventory.reserve-stock', url: '5', of: 'subscription', service: 'inventory', source: '6' },
  ];
  const chosen = (...names: string[]) => chooseQueues(queues, names).map(({ name }) => name);

  it('are all, those of a service, or those that are named', () => {
    expect(chosen()).toHaveLength(4);
    expect(chosen('orders')).toEqual(['orders.relay', 'orders.advance-order']);
    expect(chosen('broker', 'inventory.reserve-stock')).toEqual(['broker', 'inventory.reserve-stock']);
  });

  it('that do not exist are refused, with the names of those that do', () => {
    expect(() => chosen('orders', 'inventory.reserve')).toThrow(
      /no consumer "inventory.reserve".*orders.advance-order/,
    );
  });
});
