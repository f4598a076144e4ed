import { GreetingRequested } from '../../contracts/hello';
import { eventOf, HandlerWorld, httpRequest } from '../../test/kit';
import { handler as getGreeting } from './get-greeting';
import { handler as requestGreeting } from './request-greeting';
import { handler as writeGreeting } from './write-greeting';

test('accepts a request and publishes it', async () => {
  const world = new HandlerWorld();
  const { statusCode } = await world.request(requestGreeting, httpRequest('POST /greetings', { name: 'Ada' }));
  expect(statusCode).toBe(202);
  expect(world.published()).toMatchObject([{ name: 'GreetingRequested', detail: { data: { name: 'Ada' } } }]);
});

test('writes a greeting once, however often its event is delivered', async () => {
  const world = new HandlerWorld();
  const event = eventOf(GreetingRequested, { greetingId: 'one', name: 'Ada' });
  await world.deliver(writeGreeting, event);
  await world.deliver(writeGreeting, event);
  const request = httpRequest('GET /greetings/{greetingId}', undefined, { greetingId: 'one' });
  const { body } = await world.request(getGreeting, request);
  expect(JSON.parse(body ?? '')).toEqual({ greetingId: 'one', status: 'written', text: 'Hello, Ada!' });
});
