import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The result of a permission check. */
export interface Decision {
  /** The name of the role, or a service such as `events.amazonaws.com`. */
  readonly role: string;
  /** For example `dynamodb:PutItem`. */
  readonly action: string;
  /** The ARN of the resource. */
  readonly resource: string;
  readonly allowed: boolean;
}

/** Returns the file in an emulator's folder to which it writes its decisions, each once, as JSON lines. */
export function decisionsFile(directory: string): string {
  return path.join(directory, 'decisions.jsonl');
}

/** Returns the decisions of an emulator since its start: the permissions of functions that it allowed, and all denials. */
export async function readDecisions(directory: string): Promise<Decision[]> {
  const text = await readFile(decisionsFile(directory), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Decision);
}
