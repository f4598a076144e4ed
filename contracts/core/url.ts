/**
 * Parses an absolute URL. Returns undefined when the text is not one.
 *
 * `URL.canParse`, which `z.url()` calls, is wrong on Node 20: after V8 has optimised it, it rejects hosts with letters such as «ü».
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
