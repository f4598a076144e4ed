import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, messageOf } from './failure';
import { ROOT } from './project';

interface PackageJson {
  readonly eventBroker?: { readonly extension?: string };
}

/**
 * Loads the project's extension of the core: the export `extension` of the file that `eventBroker.extension` in `package.json`
 * names. The core imports nothing else of the project's own code.
 *
 * Each part of the core declares an interface for extensions, for example `OpsExtension`. The extension implements them in one
 * object, which `satisfies` checks.
 *
 * @returns an empty object when no extension is configured or its file does not exist
 * @throws Failure when the file does not load
 */
export async function loadExtension<Part extends object>(root = ROOT): Promise<Partial<Part>> {
  const { eventBroker } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as PackageJson;
  const name = eventBroker?.extension;
  if (name === undefined || !existsSync(path.join(root, name))) return {};
  try {
    const { extension } = (await import(path.join(root, name))) as { extension?: Partial<Part> };
    if (extension === undefined) throw new Error('it has no export "extension"');
    return extension;
  } catch (error) {
    const [reason] = messageOf(error).split('\n');
    throw new Failure(
      `${name} does not load: ${reason}. Repair it, or remove "eventBroker.extension" from package.json.`,
    );
  }
}
