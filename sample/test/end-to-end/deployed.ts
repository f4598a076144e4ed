import { setTimeout as sleep } from 'node:timers/promises';
import { apiUrl, type Deployment, discoverLocal } from '../../../deployed/discover';
import { discoverStage, stageUnderTest } from '../../../test/stage/stage';
import { invariants } from '../../invariants';
import { type OrderStatus, readOrder } from '../../order-client';
import { type IdleState, waitUntilIdle } from '../../wait-until-idle';
import { borrowCloud, endpoints, type LentCloud } from './clouds';

/** Longer than the payment window, after which every order ends, even on a busy machine. */
export const PATIENCE_MS = 240_000;
/**
 * Limits of waiting. They are below the timeout of Jest, so that the failure lists what is stuck. A message returns three minutes after
 * its process was killed.
 */
const IDLE = { patience: 200_000, limit: 480_000 };
const LOOK_AGAIN_MS = 250;

/** The maximum time to borrow a cloud: longer than any other test file uses it. */
const TURN_MS = 3_600_000;

/** The deployed application, as tests use it. */
export interface Deployed {
  readonly deployment: Deployment;
  /** Checkout's HTTP API. */
  readonly url: string;
}

/** Defines a group of tests against the deployed application, on their own cloud. Skipped where no emulator is available. */
export function describeDeployed(name: string, tests: (deployed: () => Deployed) => void): void {
  const group = endpoints().length === 0 ? describe.skip : describe;
  group(name, () => {
    let cloud: LentCloud | undefined;
    let deployed: Deployed | undefined;
    beforeAll(async () => {
      cloud = await borrowCloud();
      const deployment = stageUnderTest() ? await discoverStage() : await discoverLocal(cloud.endpoint);
      deployed = { deployment, url: apiUrl(deployment, 'checkout') };
    }, TURN_MS);
    tests(() => {
      if (deployed === undefined) throw new Error('The deployment is available only while tests run.');
      return deployed;
    });
    // After the results of the tests.
    afterAll(() => cloud?.giveBack());
  });
}

/** Polls until there is a result. @throws Error that names the condition, after {@link PATIENCE_MS} */
export async function until<Thing>(what: string, look: () => Promise<Thing | undefined | false>): Promise<Thing> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const asked = Date.now();
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE_MS / 1_000} s, but this did not happen: ${what}.`);
    // Polling without a pause would slow down the functions.
    await sleep(Math.max(LOOK_AGAIN_MS, 2 * (Date.now() - asked)));
  }
}

/** Waits until an order has ended, as its customer sees it. */
export function untilOver({ url }: Deployed, orderId: string): Promise<OrderStatus> {
  return until(`order ${orderId} is completed or cancelled`, async () => {
    const view = await readOrder(url, orderId);
    return ['completed', 'cancelled'].includes(view.status) && view;
  });
}

/** Waits until all orders have ended and all events were processed. */
export function untilIdle({ deployment }: Deployed): Promise<IdleState> {
  return waitUntilIdle(deployment, IDLE);
}

/** Waits until all orders have ended and all events were processed, and expects that all invariants hold. */
export async function expectInvariants(deployed: Deployed): Promise<void> {
  const { violations } = await untilIdle(deployed);
  expect(violations.map(({ invariant, detail }) => `${invariants[invariant]}: ${detail}`)).toEqual([]);
}
