import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Page } from 'playwright-core';
import { loadExtension } from '../cli/extension';
import { Failure } from '../cli/failure';
import { portOption } from '../cli/options';
import { runProgram } from '../cli/program';
import { ROOT } from '../cli/project';
import { loadContracts } from '../contracts/core/load-contracts';
import { type Deployment, discover } from '../deployed/discover';
import { runningClouds } from '../deployed/local-clouds';
import { toJson } from '../lambdas/runtime/events/bus-event';
import { continueTrace } from '../lambdas/runtime/events/ids';
import { fullName } from '../lib/broker/manifest';
import { chooseTarget } from '../ops/target';
import { startBrowser } from '../test/support/browser';
import type { FlowList } from './api';
import type { ConsoleExtension } from './extension';
import { startConsole } from './server/console';

const IMAGES = path.join(ROOT, 'docs', 'images');
const SIZE = { width: 1280, height: 800 };
const PATIENCE = { timeout: 120_000 };
/** The charts show this much of a burst. */
const BURST_MS = 25_000;

/** `npm run screenshots`: causes the extension's traffic on the local cloud, and takes the pictures of the documentation. */
runProgram(
  {
    command: 'npm run screenshots --',
    summary:
      "Takes the screenshots of docs/images on the running local cloud. Causes the extension's traffic, and one dead letter.",
    options: portOption,
    examples: ['npm run screenshots'],
  },
  async (values, lifetime) => {
    const deployment = await discover(chooseTarget(values, process.env, await runningClouds()));
    if (deployment.endpoint === undefined) throw new Failure('Screenshots are taken on a local cloud: run npm start.');
    const { url } = await startConsole({ deployment, port: 0, lifetime });
    const browser = await startBrowser();
    lifetime.onEnd(() => browser.close());
    const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
    mkdirSync(IMAGES, { recursive: true });
    const open = (where: string) => page.goto(`${url}${where}`);
    const take = async (name: string) => {
      await page.screenshot({ path: path.join(IMAGES, `console-${name}.png`) });
      console.log(`docs/images/console-${name}.png`);
    };

    await open('load');
    const { traffic = [] } = await loadExtension<ConsoleExtension>();
    for (const { label } of traffic) {
      await page.getByRole('button', { name: label }).click(PATIENCE);
      // The last one is the largest, and is shown while it is under way.
      if (label !== traffic.at(-1)?.label) await page.getByText(`${label}: accepted.`).waitFor(PATIENCE);
    }
    await page.waitForTimeout(BURST_MS);
    await take('load');
    await open('map');
    await page.getByText('event bus').waitFor(PATIENCE);
    await page.getByText(/\d\/s/).first().waitFor(PATIENCE);
    await take('map');
    await page.emulateMedia({ colorScheme: 'dark' });
    await take('map-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await open(`flows/${await settledFlow(url)}`);
    await page.locator('.timeline h2').first().waitFor(PATIENCE);
    await take('flow');
    await publishFutureEvent(deployment);
    await showDeadLetter(page, () => open('dead-letters'));
    await take('dead-letters');
  },
);

/** The settled flow with the most events: it shows the most. */
async function settledFlow(url: string): Promise<string> {
  for (;;) {
    const { flows } = (await (await fetch(`${url}api/flows?state=settled`)).json()) as FlowList;
    const [longest] = [...flows].sort((one, other) => other.events - one.events);
    if (longest) return encodeURIComponent(longest.correlationId);
  }
}

async function showDeadLetter(page: Page, open: () => Promise<unknown>): Promise<void> {
  await open();
  await page.locator('.letter summary').first().click(PATIENCE);
}

/** Publishes an event with a version that no subscriber knows, which becomes a dead letter at once. */
async function publishFutureEvent({ clients, broker, services }: Deployment): Promise<void> {
  const received = new Set(services.flatMap(({ subscriptions }) => subscriptions.flatMap(({ to }) => to)));
  const contract = (await loadContracts()).find((one) => one.channel === 'bus' && received.has(fullName(one)));
  if (contract === undefined) throw new Failure('No contract of the bus has a subscriber.');
  const [id, occurredAt] = [randomUUID(), new Date().toISOString()];
  const version = contract.version + 1;
  const traceparent = continueTrace(undefined);
  const metadata = { id, version, correlationId: id, causationId: id, occurredAt, traceparent };
  await clients.of(EventBridgeClient).send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: broker.bus.name,
          Source: contract.owner,
          DetailType: contract.name,
          Detail: toJson({ metadata, data: {} }),
        },
      ],
    }),
  );
}
