import path from 'node:path';
import { showProgress } from '../../cli/progress';
import { LOCAL_DIRECTORY } from '../../deployed/local-clouds';
import { installPython } from '../../local/emulator/python-environment';
import type { Missing } from './tools';

/** Change the version here and in requirements.txt. */
const MOTO_VERSION = '5.2.5';

/** Installs moto, an implementation of AWS's services in Python, and cfn-lint, a check of templates by AWS. */
export async function installPythonTools(): Promise<{ readonly python: string } | Missing> {
  const installed = await installPython({
    title: 'cfn-lint and moto',
    package: 'moto',
    version: MOTO_VERSION,
    requirements: path.join(__dirname, 'requirements.txt'),
    directory: LOCAL_DIRECTORY,
    progress: showProgress(),
  });
  if ('python' in installed) return installed;
  return { reason: `the templates and the store are not checked with cfn-lint and moto, because ${installed.reason}.` };
}
