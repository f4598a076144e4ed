import * as z from 'zod/mini';
import { defineEvent } from './core/contract';

/** A client has requested a greeting. */
export const GreetingRequested = defineEvent({
  name: 'GreetingRequested',
  owner: 'hello',
  version: 1,
  schema: z.object({ greetingId: z.string(), name: z.string() }),
});
