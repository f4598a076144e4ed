import { followDeployments } from '../../../console/server/follow-deployments';
import type { Deployment } from '../../../deployed/discover';
import type { Manifest } from '../../../lib/broker/manifest';

const deploymentOf = (...services: string[]) =>
  ({ broker: {}, services: services.map((service) => ({ service }) as Manifest) }) as unknown as Deployment;

describe('the deployment that the console serves', () => {
  it('is replaced when a service is added, not when manifests come in another order or cannot be read', async () => {
    const ending = new AbortController();
    const added = deploymentOf('a', 'b', 'c');
    const found = [deploymentOf('b', 'a'), undefined, added, deploymentOf('c', 'b', 'a')];
    const changes: Deployment[] = [];
    await followDeployments({
      current: () => changes.at(-1) ?? deploymentOf('a', 'b'),
      discover: async () => {
        const next = found.shift();
        if (found.length === 0) setImmediate(() => ending.abort());
        if (!next) throw new Error('The emulator restarts.');
        return next;
      },
      onChange: (now) => changes.push(now),
      signal: ending.signal,
      every: 1,
    });
    expect(changes).toEqual([added]);
  });
});
