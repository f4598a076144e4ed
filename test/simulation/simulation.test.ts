import { join } from 'node:path';
import { FIXTURE_LAMBDAS, synthesiseFixture } from '../fixture/synthesis';
import { SynthesisedApp } from '../infrastructure/app';
import { sabotages } from './fixture';
import { sourceOf } from './source';
import { describeSimulation } from './suite';

describeSimulation('the fixture services under faults', {
  source: async () => {
    const app = new SynthesisedApp('dev', await synthesiseFixture('dev'));
    return sourceOf(join(__dirname, 'fixture.ts'), app, FIXTURE_LAMBDAS);
  },
  sabotages: Object.keys(sabotages),
  seeds: 60,
  size: 10,
  shrunk: {
    sabotage: 'events are published before the transaction',
    says: 'parcels are counted as',
  },
});
