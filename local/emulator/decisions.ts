import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** An answer to the question whether a role may do something. */
export interface Decision {
  /** The name of the role, or a service such as `events.amazonaws.com`. */
  readonly role: string;
  /** For example `dynamodb:PutItem`. */
  readonly action: string;
  /** The ARN of the resource. */
  readonly resource: string;
  readonly allowed: boolean;
}

/** Returns the file in an emulator's folder to which it writes what it allowed and denied, each once, as JSON lines. */
export function decisionsFile(directory: string): string {
  return path.join(directory, 'decisions.jsonl');
}

/** Returns what an emulator has allowed to functions, and denied to anybody, since it was started. */
export async function readDecisions(directory: string): Promise<Decision[]> {
  const text = await readFile(decisionsFile(directory), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Decision);
}
