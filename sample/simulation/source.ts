import { join } from 'node:path';
import { SynthesisedApp } from '../../test/infrastructure/app';
import { synthesiseSettings } from '../../test/infrastructure/synthesis';
import type { SystemSource } from '../../test/simulation/simulators';
import { sourceOf } from '../../test/simulation/source';

/**
 * The sample as input of the simulators: declarations from `lambdas`, settings from the stacks.
 *
 * @param system the file with `simulator`
 */
export async function sampleSource(system = 'system.ts'): Promise<SystemSource> {
  return sourceOf(join(__dirname, system), new SynthesisedApp('local', await synthesiseSettings()));
}
