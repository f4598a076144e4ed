import { followDeployments } from '../../../console/server/follow-deployments';
import type { Deployment } from '../../../deployed/discover';
import type { Manifest } from '../../../lib/broker/manifest';

const deploymentOf = (...services: string[]) =>
  ({ broker: {}, services: services.map((service) => ({ service }) as Manifest) }) as unknown as Deployment;

/** Follows until each deployment was found once. @returns the changes */
async function follow(found: (Deployment | undefined)[], versions: string[] = []) {
  const ending = new AbortController();
  const changes: { readonly now: Deployment; readonly what: string }[] = [];
  let served = { deployment: deploymentOf('a', 'b'), version: '1' };
  let version = '1';
  await followDeployments({
    current: () => served,
    version: () => version,
    discover: async () => {
      const next = found.shift();
      version = versions.shift() ?? version;
      if (found.length === 0) setImmediate(() => ending.abort());
      if (!next) throw new Error('The emulator restarts.');
      return next;
    },
    onChange: (now, what) => {
      changes.push({ now, what });
      served = { deployment: now, version };
    },
    signal: ending.signal,
    every: 1,
  });
  return changes;
}

describe('the deployment that the console serves', () => {
  it('is replaced when a service is added, not when manifests come in another order or cannot be read', async () => {
    const added = deploymentOf('a', 'b', 'c');
    const changes = await follow([deploymentOf('b', 'a'), undefined, added, deploymentOf('c', 'b', 'a')]);
    expect(changes).toEqual([{ now: added, what: 'the deployment' }]);
  });

  it('is kept when only contracts have changed, which are read again once', async () => {
    const same = () => deploymentOf('a', 'b');
    const changes = await follow([same(), same(), same()], ['1', '2', '2']);
    expect(changes).toEqual([{ now: deploymentOf('a', 'b'), what: 'the contracts' }]);
  });
});
