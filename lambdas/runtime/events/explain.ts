import type * as z from 'zod/mini';

/** The first problem that a schema found, with where it is. */
export function explain(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.') || 'it'}: ${issue.message}` : error.message;
}
