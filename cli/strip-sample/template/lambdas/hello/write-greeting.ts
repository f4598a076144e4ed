import { consume } from '../runtime/consume/consume';
import { greetings, writeGreeting } from './service';

export const handler = consume(writeGreeting, async ({ greetingId, name }, work) => {
  await work.load(greetings(greetingId));
  work.put(greetings(greetingId), { greetingId, text: `Hello, ${name}!` });
});
