import { join } from 'node:path';
import { synthesise } from '../../test/infrastructure/synthesis';
import type { SystemSource } from '../../test/simulation/simulators';
import { sourceOf } from '../../test/simulation/source';

/** The sample as input of the simulators: declarations from `lambdas`, settings from the stacks of stage dev. */
export async function sampleSource(): Promise<SystemSource> {
  return sourceOf(join(__dirname, 'system.ts'), await synthesise('dev'));
}
