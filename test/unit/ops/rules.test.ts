import { chooseSubscribers } from '../../../ops/rules';

const all = [
  { subscriber: 'inventory.reserve-stock', queue: '1', to: ['orders.OrderCreated'] },
  { subscriber: 'payments.request-payment', queue: '2', to: ['orders.OrderCreated', 'orders.OrderCancelled'] },
  { subscriber: 'orders.advance-order', queue: '3', to: ['checkout.OrderPlaced'] },
];

function chosen(choice: Parameters<typeof chooseSubscribers>[0]): string[] {
  return chooseSubscribers(choice, all).map(({ subscriber }) => subscriber);
}

describe('the subscribers of a replay', () => {
  it('are those of an event, by its name or its whole name', () => {
    const subscribers = ['inventory.reserve-stock', 'payments.request-payment'];
    expect(chosen({ events: ['OrderCreated'] })).toEqual(subscribers);
    expect(chosen({ events: ['orders.OrderCreated'] })).toEqual(subscribers);
  });

  it('are those that are named, as far as they subscribe to the event', () => {
    expect(chosen({ subscribers: ['orders.advance-order'] })).toEqual(['orders.advance-order']);
    expect(chosen({ subscribers: ['inventory.reserve-stock'], events: ['OrderCancelled'] })).toEqual([]);
  });

  it('must exist', () => {
    expect(() => chosen({ subscribers: ['inventory.fly'] })).toThrow('There is no subscriber "inventory.fly"');
    expect(() => chosen({ events: ['OrderEaten'] })).toThrow('Nobody subscribes to "OrderEaten"');
    expect(() => chosen({ events: ['inventory.OrderCreated'] })).toThrow('Nobody subscribes');
  });
});
