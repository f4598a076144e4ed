import { loadExtension } from '../cli/extension';
import type { Command } from './command';
import { coreCommands } from './commands';

/** The additions of the project's extension to `npm run ops`. */
export interface OpsExtension {
  /** Commands for the project's own services. The help lists them behind the core's commands. */
  readonly commands?: readonly Command[];
}

/** Returns the commands of the core and of the project. */
export async function loadCommands(): Promise<readonly Command[]> {
  const { commands = [] } = await loadExtension<OpsExtension>();
  return [...coreCommands, ...commands];
}
