import type { Node } from 'constructs';

/** Returns whether to deploy the journal. `-c journal=false` turns it off. @param node the app's node */
export function hasJournal(node: Node): boolean {
  return String(node.tryGetContext('journal') ?? true) !== 'false';
}
