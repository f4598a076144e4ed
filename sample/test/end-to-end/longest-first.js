const { default: Sequencer } = require('@jest/test-sequencer');

/** The slowest test files, which start first: a slow file that starts last would leave the other workers idle. */
const LONGEST = ['payments', 'console', 'faults', 'ops-dead-letters', 'controller', 'ops', 'callbacks', 'orders'];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const index = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return index < 0 ? LONGEST.length : index;
    };
    return [...tests].sort((one, other) => place(one) - place(other));
  }
};
