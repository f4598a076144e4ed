import * as z from 'zod/mini';
import { parseUrl } from './url';

/** An id: 1 to 64 letters, digits, `-` or `_`. Every table and queue accepts it as a key. */
export const Identifier = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));

/** Human-readable text: 1 to 200 characters. */
export const ShortText = z.string().check(z.minLength(1), z.maxLength(200));

/** An absolute URL of at most 2,048 characters. */
export const Url = z.stringFormat('uri', (text) => parseUrl(text) !== undefined).check(z.maxLength(2_048));

/**
 * Matches text that every channel and table accepts: well-formed Unicode within the character set of SQS, which is that of XML 1.0
 * (SQS API reference, SendMessage). Unpaired surrogates and most control characters do not match.
 */
const STORABLE = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Whether every channel and table accepts the characters of a text. Its length is not checked. */
export function isStorableText(text: string): boolean {
  return STORABLE.test(text);
}
