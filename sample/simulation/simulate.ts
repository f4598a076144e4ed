import { simulateProgram } from '../../test/simulation/command';
import { sabotages } from './sabotage';
import { sampleSource } from './source';

/** No world of the sample shows this sabotage, whose consumers rarely share a transaction. Those of the core's fixture do. */
const shownByFixture: keyof typeof sabotages = 'a group that is cancelled counts as committed';

simulateProgram(
  sampleSource,
  Object.keys(sabotages).filter((name) => name !== shownByFixture),
);
