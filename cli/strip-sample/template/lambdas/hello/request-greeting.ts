import { GreetingRequested } from '../../contracts/hello';
import { accept } from '../runtime/http/accept';
import { greetings, requestGreeting } from './service';

export const handler = accept(requestGreeting, ({ name }, work) => {
  const greetingId = work.newId('greeting');
  work.create(greetings(greetingId), { greetingId });
  work.emit(GreetingRequested, { greetingId, name });
  return { location: `/greetings/${greetingId}`, retryAfter: 1, body: { greetingId } };
});
