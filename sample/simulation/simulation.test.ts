import { describeSimulation } from '../../test/simulation/suite';
import { ownSabotages } from './sabotage';
import { sampleSource } from './source';

describeSimulation('the whole sample under faults', {
  source: sampleSource,
  sabotages: Object.keys(ownSabotages),
  seeds: 100,
  corpus: [
    { seed: 14, size: 100 },
    { seed: 631, size: 100 },
    { seed: 1_141_455_184, size: 10 },
  ],
  size: 10,
  shrunk: { sabotage: 'a refund is forgotten', says: 'payments.refund-payment processed OrderCancelled' },
});
