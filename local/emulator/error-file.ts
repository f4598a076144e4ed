import path from 'node:path';

/** Returns the file in an emulator's folder to which it writes the errors of functions, as JSON lines. */
export function errorFile(directory: string): string {
  return path.join(directory, 'function-errors.jsonl');
}
