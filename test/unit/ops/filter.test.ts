import type { DeadLetter } from '../../../ops/dead-letters/dead-letter';
import { type Filter, filterOf, isOpen, matches } from '../../../ops/dead-letters/filter';
import { type DeadLetterQueue, filterQueues } from '../../../ops/dead-letters/queues';

const NOW = new Date('2026-01-31T12:00:00Z');
const deadLetter: DeadLetter = {
  queue: 'inventory.reserve-stock',
  origin: 'parked',
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
  ])('with %j matches: %s', (filter, expected) => {
    expect(matches(deadLetter, filter)).toBe(expected);
  });

  it('by contract or correlation id does not match a dead letter without them', () => {
    const anonymous = { ...deadLetter, contract: undefined, correlationId: undefined };
    expect(matches(anonymous, { contracts: ['OrderCreated'] })).toBe(false);
    expect(matches(anonymous, { correlationIds: ['undefined'] })).toBe(false);
  });

  it('is open without conditions', () => {
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
  const chosen = (...names: string[]) => filterQueues(queues, names).map(({ name }) => name);

  it('are selected by name or by service; without a name, all are', () => {
    expect(chosen()).toHaveLength(4);
    expect(chosen('orders')).toEqual(['orders.relay', 'orders.advance-order']);
    expect(chosen('broker', 'inventory.reserve-stock')).toEqual(['broker', 'inventory.reserve-stock']);
  });

  it('are refused when they do not exist, with the names of all that do', () => {
    expect(() => chosen('orders', 'inventory.reserve')).toThrow(
      /no consumer "inventory.reserve".*orders.advance-order/,
    );
  });
});
