import * as z from 'zod/mini';
import { GreetingRequested } from '../../contracts/hello';
import { defineService } from '../runtime/declare/service';

/** A greeting, and whether it has been written. */
export interface Greeting {
  readonly greetingId: string;
  readonly text?: string;
}

/** Accepts requests for greetings, and writes them. */
export const hello = defineService('hello');

export const greetings = hello.table('greetings', { key: 'greetingId' }).of<Greeting>();

export const requestGreeting = hello.endpoint('request-greeting', {
  route: 'POST /greetings',
  body: z.object({ name: z.string().check(z.minLength(1), z.maxLength(100)) }),
  emits: [GreetingRequested],
  uses: [greetings],
});

export const getGreeting = hello.endpoint('get-greeting', { route: 'GET /greetings/{greetingId}', uses: [greetings] });

export const writeGreeting = hello.subscription('write-greeting', { to: [GreetingRequested], uses: [greetings] });
