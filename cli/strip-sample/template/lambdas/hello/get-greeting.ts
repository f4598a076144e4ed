import { report } from '../runtime/http/report';
import { getGreeting, greetings } from './service';

export const handler = report(getGreeting, greetings, ({ greetingId, text }) => ({
  body: { greetingId, status: text === undefined ? 'requested' : 'written', ...(text !== undefined && { text }) },
  ...(text === undefined && { retryAfter: 1 }),
}));
