import { serveItem } from '../runtime/http/serve-item';
import { getGreeting, greetings } from './service';

export const handler = serveItem(getGreeting, greetings, ({ greetingId, text }) => ({
  body: { greetingId, status: text === undefined ? 'requested' : 'written', ...(text !== undefined && { text }) },
  ...(text === undefined && { retryAfter: 1 }),
}));
