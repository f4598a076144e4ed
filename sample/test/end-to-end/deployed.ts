import { setTimeout as sleep } from 'node:timers/promises';
import { apiUrl, type Deployment, discoverLocal } from '../../../deployed/discover';
import { invariants } from '../../invariants';
import { type OrderStatus, readOrder } from '../../order-client';
import { type IdleState, waitUntilIdle } from '../../wait-until-idle';
import { borrowCloud, endpoints, type LentCloud } from './clouds';

/** More than the payment window, after which every order ends, on a machine that has other things to do. */
export const PATIENCE_MS = 240_000;
/** How long nothing may move, and all of it: within jest's time-out, so that what is stuck is said. */
const IDLE = { patience: 60_000, limit: PATIENCE_MS };
const LOOK_AGAIN_MS = 250;

/** Longer than what other test files do on a cloud before it is theirs. */
const TURN_MS = 3_600_000;

/** What tests find of the deployed application. */
export interface Deployed {
  readonly deployment: Deployment;
  /** Checkout's HTTP API. */
  readonly url: string;
}

/** A group of tests against the deployed application, on a cloud of theirs; skipped where no emulator could be had. */
export function describeDeployed(name: string, tests: (deployed: () => Deployed) => void): void {
  const group = endpoints().length === 0 ? describe.skip : describe;
  group(name, () => {
    let cloud: LentCloud | undefined;
    let deployed: Deployed | undefined;
    beforeAll(async () => {
      cloud = await borrowCloud();
      const deployment = await discoverLocal(cloud.endpoint);
      deployed = { deployment, url: apiUrl(deployment, 'checkout') };
    }, TURN_MS);
    tests(() => {
      if (deployed === undefined) throw new Error('Nothing is known of the deployment before the tests begin.');
      return deployed;
    });
    // Behind the tests' own last words.
    afterAll(() => cloud?.giveBack());
  });
}

/** Looks again and again until there is something. @throws Error that names what did not come */
export async function until<Thing>(what: string, look: () => Promise<Thing | undefined | false>): Promise<Thing> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const asked = Date.now();
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE_MS / 1_000} s in vain until ${what}.`);
    // Whoever looks all the time slows down what they look at.
    await sleep(Math.max(LOOK_AGAIN_MS, 2 * (Date.now() - asked)));
  }
}

/** Follows an order to its end, as its customer sees it. */
export function untilOver({ url }: Deployed, orderId: string): Promise<OrderStatus> {
  return until(`order ${orderId} is completed or cancelled`, async () => {
    const report = await readOrder(url, orderId);
    return ['completed', 'cancelled'].includes(report.status) && report;
  });
}

/** Waits until nothing is under way. */
export function atRest({ deployment }: Deployed): Promise<IdleState> {
  return waitUntilIdle(deployment, IDLE);
}

/** Waits until nothing is under way, and finds nothing wrong. */
export async function expectInvariants(deployed: Deployed): Promise<void> {
  const { violations } = await atRest(deployed);
  expect(violations.map(({ invariant, detail }) => `${invariants[invariant]}: ${detail}`)).toEqual([]);
}
