import { simulateProgram } from '../../test/simulation/command';
import { sabotages } from './sabotage';
import { sampleSource } from './source';

simulateProgram(sampleSource, Object.keys(sabotages));
