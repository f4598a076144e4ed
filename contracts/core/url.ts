import * as z from 'zod/mini';

/** `URL.canParse`, which `z.url()` asks, refuses hosts with letters like «ü» in Node 20 once it is optimised. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** An absolute URL of at most 2,048 characters. */
export const Url = z.stringFormat('uri', (text) => parseUrl(text) !== undefined).check(z.maxLength(2_048));
