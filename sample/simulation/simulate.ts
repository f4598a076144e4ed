import { simulateProgram } from '../../test/simulation/command';
import { sampleSource } from './source';

simulateProgram(sampleSource);
