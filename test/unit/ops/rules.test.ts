import { filterSubscribers } from '../../../ops/rules';

const all = [
  { subscriber: 'inventory.reserve-stock', queue: '1', to: ['orders.OrderCreated'] },
  { subscriber: 'payments.request-payment', queue: '2', to: ['orders.OrderCreated', 'orders.OrderCancelled'] },
  { subscriber: 'orders.advance-order', queue: '3', to: ['checkout.OrderPlaced'] },
];

function chosen(filter: Parameters<typeof filterSubscribers>[0]): string[] {
  return filterSubscribers(filter, all).map(({ subscriber }) => subscriber);
}

describe('the subscribers of a replay', () => {
  it('are those of an event, named with or without its owner', () => {
    const subscribers = ['inventory.reserve-stock', 'payments.request-payment'];
    expect(chosen({ events: ['OrderCreated'] })).toEqual(subscribers);
    expect(chosen({ events: ['orders.OrderCreated'] })).toEqual(subscribers);
  });

  it('are the named ones that subscribe to the event', () => {
    expect(chosen({ subscribers: ['orders.advance-order'] })).toEqual(['orders.advance-order']);
    expect(chosen({ subscribers: ['inventory.reserve-stock'], events: ['OrderCancelled'] })).toEqual([]);
  });

  it('are refused when a subscriber or event does not exist', () => {
    expect(() => chosen({ subscribers: ['inventory.fly'] })).toThrow('There is no subscriber "inventory.fly"');
    expect(() => chosen({ events: ['OrderEaten'] })).toThrow('No service subscribes to "OrderEaten"');
    expect(() => chosen({ events: ['inventory.OrderCreated'] })).toThrow('No service subscribes');
  });
});
