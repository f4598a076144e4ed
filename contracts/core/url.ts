/**
 * Parses an absolute URL; undefined when the text is none.
 *
 * Not `URL.canParse`, which `z.url()` calls: once optimised, Node 20 has it refuse hosts with letters such as «ü».
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
