import { setTimeout as sleep } from 'node:timers/promises';
import { Lifetime } from '../../cli/lifetime';
import { noProgress } from '../../cli/progress';
import type { Deployment } from '../../deployed/discover';

const START_TIMEOUT_MS = 300_000;
const LOOK_AGAIN_MS = 200;
/** A first call of a function takes some seconds on a busy machine. */
const PATIENCE_MS = 120_000;

/** The deployed application on its own local cloud. */
export interface LocalCloud {
  /** The manifests and SDK clients of the deployed system. */
  readonly deployment: Deployment;
  /** Returns the URL of a service's HTTP API. */
  api(service: string): string;
}

/**
 * Starts a local cloud before the tests of a file or of a `describe`, and ends it after them. The application is synthesised only when
 * its sources have changed.
 *
 * @example
 * const cloud = localCloud();
 * test('answers', async () => expect((await fetch(`${cloud().api('hello')}/greetings/none`)).status).toBe(404));
 *
 * @param assembly returns the folder of a cloud assembly. Default: the app's, synthesised if necessary
 */
export function localCloud(assembly?: () => Promise<string>): () => LocalCloud {
  const lifetime = new Lifetime();
  let cloud: LocalCloud | undefined;
  beforeAll(async () => {
    // Unit tests import the kit too, and should not wait for the SDK to load.
    const [{ apiUrl }, { startCloud }, { findFreePort }] = await Promise.all([
      import('../../deployed/discover'),
      import('../../local/cloud/cloud'),
      import('../../local/emulator/port'),
    ]);
    const port = await findFreePort();
    const deployment = await startCloud({ port, lifetime, progress: noProgress, assembly: await assembly?.() });
    cloud = { deployment, api: (service) => apiUrl(deployment, service) };
  }, START_TIMEOUT_MS);
  afterAll(() => lifetime.end());
  return () => {
    if (cloud === undefined) throw new Error('The local cloud runs only while tests run.');
    return cloud;
  };
}

/**
 * Waits until there is a result.
 *
 * @example
 * const order = await eventually('the order is confirmed', async () => orderViews('order-1'));
 *
 * @param what the condition, for the error
 * @param look returns the result; undefined or false while there is none
 * @throws Error that names the condition, after two minutes
 */
export async function eventually<Thing>(what: string, look: () => Promise<Thing | undefined | false>): Promise<Thing> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE_MS / 1_000} s, but this did not happen: ${what}.`);
    await sleep(LOOK_AGAIN_MS);
  }
}
