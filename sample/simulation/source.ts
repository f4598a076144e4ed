import { join } from 'node:path';
import { synthesise } from '../../test/infrastructure/synthesis';
import type { SystemSource } from '../../test/simulation/simulators';
import { sourceOf } from '../../test/simulation/source';

/**
 * The sample as input of the simulators: declarations from `lambdas`, settings from the stacks of stage dev.
 *
 * @param system the file with `simulator`
 */
export async function sampleSource(system = 'system.ts'): Promise<SystemSource> {
  return sourceOf(join(__dirname, system), await synthesise('dev'));
}
