import type * as z from 'zod/mini';
import { dataProblem } from '../../../contracts/core/data-faults';

/** Data that its schema accepts and every channel can carry, or the first problem and where it is. */
export type Validated<Data> =
  | { readonly data: Data; readonly problem?: undefined }
  | { readonly data?: undefined; readonly problem: string };

/**
 * Validates data against a schema, and then against the rules that hold for all data: text that every channel and table accepts,
 * in values and in names, and no endless nesting. No contract has to repeat these.
 */
export function validate<Schema extends z.ZodMiniType>(schema: Schema, data: unknown): Validated<z.infer<Schema>> {
  const parsed = schema.safeParse(data);
  if (!parsed.success) return { problem: firstIssue(parsed.error) };
  const problem = dataProblem(parsed.data);
  return problem === undefined ? { data: parsed.data } : { problem };
}

/** Returns the first problem that a schema found, and where it is: `lines.0.quantity: Invalid input: expected number, received string`. */
export function firstIssue(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.') || 'it'}: ${issue.message}` : error.message;
}
