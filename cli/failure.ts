import { types } from 'node:util';

/** An expected failure. Its message is one sentence for the user and is shown without a stack trace. Exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** A command line that cannot be carried out as written. Nothing was done. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Returns the message of any thrown value. */
export function messageOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
