import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { Lifetime } from '../../../cli/lifetime';
import { startConsole } from '../../../console/server/console';
import { accessibilityFaults, startBrowser } from '../../../test/support/browser';
import { Receiver } from '../../../test/support/receiver';
import { placeOrder, readOrder } from '../../order-client';
import { describeDeployed, PATIENCE_MS, until, untilIdle, untilOver } from './deployed';
import { setEnvironment, setReading } from './functions';
import { send } from './messages';
import { drain, operatorOf } from './operator';

/** A deployment on a busy machine answers slowly. */
const PATIENCE = { timeout: 60_000 };

describeDeployed('the console', (deployed) => {
  const { place, ops, queueOf } = operatorOf(deployed);
  const lifetime = new Lifetime();
  let url = '';
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    ({ url } = await startConsole({ deployment: deployed().deployment, port: 0, lifetime }));
    browser = await startBrowser();
    // The tests add axe to the page, which its own policy forbids.
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true });
    page = await context.newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
  });
  afterAll(async () => {
    await browser?.close();
    await lifetime.end();
  });
  afterEach(() => expect(problems.splice(0)).toEqual([]));

  const open = (path: string) => page.goto(`${url}${path}`);
  /** Does something while a switch is on or off, and flips it back even if that fails, because the next tests need it. */
  const switched = async <T>(name: string, { to }: { to: boolean }, during: () => Promise<T>): Promise<T> => {
    const flip = async (checked: boolean) => {
      await open('faults');
      await page.getByRole('switch', { name, checked: !checked }).click(PATIENCE);
      await page.getByRole('switch', { name, checked }).waitFor(PATIENCE);
    };
    await flip(to);
    try {
      return await during();
    } finally {
      await flip(!to);
    }
  };
  const findFlow = async (id: string) => {
    // From a page without a flow, so that the address shows when one is found.
    await open('settings');
    await until('the console knows the order', async () => {
      await page.getByRole('searchbox').fill(id);
      await page.getByRole('searchbox').press('Enter');
      return page
        .waitForURL(/\/flows\/./, { timeout: 2_000 })
        .then(() => true)
        .catch(() => false);
    });
  };

  it.each([
    ['map', 'Map', 'reserve-stock'],
    ['map/orders', 'Map', 'lambdas/orders/advance-order.ts'],
    ['flows', 'Flows', 'settled'],
    ['dead-letters', 'Dead letters', 'Personal data'],
    ['load', 'Load', 'Place 500 at once'],
    ['send', 'Send', 'Post the request'],
    ['tables', 'Tables', 'Find'],
    ['faults', 'Faults', 'reserve-stock'],
    ['settings', 'Settings', 'local'],
  ])('shows %s in light, dark and narrow windows, accessibly', async (path, title, text) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await open(path);
      await page.getByRole('heading', { level: 1, name: title }).waitFor(PATIENCE);
      await page.getByText(text).first().waitFor(PATIENCE);
      expect(await accessibilityFaults(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('loads at most 250 KB, compressed, for the first page', async () => {
    await open('map');
    await page.getByRole('link', { name: /^orders / }).waitFor(PATIENCE);
    const bytes = await page.evaluate<number>(
      `performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/'))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
    );
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(250 * 1024);
  });

  it('places an order by a button, and lists its flow', async () => {
    await open('load');
    await page.getByRole('button', { name: 'Place one order' }).click();
    await page.getByText('Place one order: accepted.').waitFor(PATIENCE);
    await page.getByRole('link', { name: 'Flows' }).click();
    await page
      .getByRole('link', { name: /^Order / })
      .first()
      .click(PATIENCE);
    await page
      .getByRole('heading', { name: /checkout.OrderPlaced|payments.Payment/ })
      .first()
      .waitFor(PATIENCE);
  });

  it('hides personal data until asked for it', async () => {
    await open('');
    const orderId = await place();
    await findFlow(orderId);
    await page.getByText('Data', { exact: true }).first().click(PATIENCE);
    await page.getByText('"customerId": "[personal]"').first().waitFor(PATIENCE);
    await page.getByRole('checkbox', { name: 'Personal data' }).check();
    await page
      .getByText('"customerId": "[personal]"')
      .first()
      .waitFor({ ...PATIENCE, state: 'detached' });
  });

  it('shows a flow as stuck at a broken consumer, and redrives it to its end', async () => {
    const consumer = 'payments.collect-payment';
    // The order must not be cancelled before the message is redriven.
    const window = await setEnvironment(deployed(), 'orders.advance-order', { PAYMENT_WINDOW_SECONDS: '900' });
    const before = await setEnvironment(deployed(), consumer, { PROVIDER_URL: `${deployed().url}/no-bank` });
    let orderId = '';
    try {
      orderId = await place();
      await findFlow(orderId);
      await page.getByText(`Stuck at ${consumer}`).waitFor(PATIENCE);
      await page.getByText(/rejected POST \/charges/).waitFor(PATIENCE);
      await until('the trace says where it is stuck', async () => {
        const { json } = await ops<Traced>('trace', orderId);
        return json.state === 'stuck' && json.stuckAt.join() === consumer;
      });
      expect(await accessibilityFaults(page)).toEqual([]);
    } finally {
      await setEnvironment(deployed(), consumer, before);
      await setEnvironment(deployed(), 'orders.advance-order', window);
    }
    await until('the order is completed', async () => {
      const redrive = page.getByRole('button', { name: 'Redrive' });
      // An instance that still has the old settings can take the message again.
      if (await redrive.isVisible()) await redrive.click(PATIENCE);
      return (await readOrder(deployed().url, orderId)).status === 'completed';
    });
    await page.getByText('completed', { exact: true }).waitFor(PATIENCE);
    await page.getByRole('heading', { name: 'orders.OrderCompleted' }).waitFor(PATIENCE);
    const settled = await until('the flow is settled', async () => {
      const { json } = await ops<Traced>('trace', orderId);
      return json.state === 'settled' && json;
    });
    expect(settled.stuckAt).toEqual([]);
    await page.locator('.facts .settled').waitFor(PATIENCE);
    await page.getByText('Stuck at').waitFor({ ...PATIENCE, state: 'detached' });
  });

  it('switches a consumer off and on, and its queue drains', async () => {
    const consumer = 'shipping.dispatch-shipment';
    const orderId = await switched(consumer, { to: false }, async () => {
      const placed = await place();
      const row = page.locator('.consumer', { has: page.getByRole('switch', { name: consumer }) });
      await row.getByText(/^\d+ waiting$/).waitFor(PATIENCE);
      return placed;
    });
    await findFlow(orderId);
    await page.getByText('completed', { exact: true }).waitFor(PATIENCE);
  });

  it('repeats an action at a steady rate until it is stopped', async () => {
    await open('load');
    await page.getByRole('spinbutton').fill('5');
    await page.getByRole('button', { name: 'Start' }).click(PATIENCE);
    await page.getByText(/^[1-9]\d* accepted$/).waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Stop' }).click(PATIENCE);
    await page.getByText(/accepted$/).waitFor({ ...PATIENCE, state: 'detached' });
    await untilIdle(deployed());
  });

  // Not 500, which take some minutes of a machine with two processors: 100 orders exceed its capacity as well.
  it('shows a burst as it waits in queues, drains, and becomes settled flows', async () => {
    const settled = async () => {
      await open('flows');
      const filter = page.getByRole('button', { name: /^settled \d+$/ });
      return Number((await filter.textContent(PATIENCE))?.replace('settled ', ''));
    };
    const before = await settled();
    await open('load');
    await page.getByRole('button', { name: 'Place 100 at once' }).click(PATIENCE);
    const depth = async () => {
      const label = await page.getByRole('img', { name: /^Messages: / }).getAttribute('aria-label');
      return Number(/in queues (\d+)/.exec(label ?? '')?.[1]);
    };
    await until('messages wait in queues', async () => (await depth()) > 50);
    await page.getByText('Place 100 at once: accepted.').waitFor({ timeout: PATIENCE_MS });
    await untilIdle(deployed());
    await until('the queues are empty', async () => (await depth()) === 0);
    await until('its flows are settled', async () => (await settled()) >= before + 100);
  });

  it('shows the request and each attempt of a webhook at the ends of a flow', async () => {
    const receiver = await Receiver.start((response, attempt) => response.writeHead(attempt === 1 ? 503 : 204).end());
    try {
      const order = { customerId: 'ada', lines: [{ sku: 'roaster', quantity: 1 }], callbackUrl: receiver.url };
      const orderId = await placeOrder(deployed().url, order, randomUUID());
      await untilOver(deployed(), orderId);
      await findFlow(orderId);
      const { origin } = new URL(receiver.url);
      for (const name of [
        'POST /orders 202',
        `POST ${origin} 503 order.cancelled`,
        `POST ${origin} 204 order.cancelled attempt 2`,
        'POST /charges of payment-provider 202',
      ])
        await page.getByRole('heading', { name, exact: true }).waitFor(PATIENCE);
      await page.getByRole('button', { name: 'Response' }).first().click();
      await page.getByText('[personal]').waitFor(PATIENCE);
      await page.getByRole('checkbox', { name: 'Personal data' }).check();
      await page.getByText(`"orderId":"${orderId}"`).waitFor(PATIENCE);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'sequence' }).click();
      await page.getByText('order.cancelled 204').waitFor(PATIENCE);
    } finally {
      await receiver.stop();
    }
  });

  it('says at once that there is no such flow, and asks for it no more', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await open('flows/nope');
    await page.getByText('There is no such flow.').waitFor(PATIENCE);
    expect(asked.filter((one) => one.endsWith('/api/flows/nope'))).toHaveLength(1);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('is used by keyboard: skips to the content, opens a service on the map, and closes it', async () => {
    await open('map');
    const service = page.getByRole('link', { name: /^orders / });
    await service.waitFor(PATIENCE);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await service.focus();
    await page.keyboard.press('Enter');
    const details = page.getByRole('complementary', { name: 'orders' });
    await details.waitFor(PATIENCE);
    await page.keyboard.press('Escape');
    await details.waitFor({ ...PATIENCE, state: 'detached' });
  });

  it('redrives an edited copy, which ends the flow and is marked as edited', async () => {
    const consumer = 'shipping.dispatch-shipment';
    const { queue } = queueOf(consumer);
    await setReading(deployed(), [consumer], false);
    const orderId = await place();
    const original = await until('the message for shipping waits', async () =>
      (await drain(deployed(), queue)).find(({ Body }) => Body?.includes(orderId)),
    );
    const event = JSON.parse(original.Body ?? '');
    const broken = { ...event, detail: { ...event.detail, data: { ...event.detail.data, lines: 'none' } } };
    await send(deployed(), queue, [JSON.stringify(broken)]);
    await setReading(deployed(), [consumer], true);
    await open('dead-letters');
    await page.getByText('broken-contract', { exact: true }).waitFor(PATIENCE);
    await page.locator('summary', { hasText: 'orders.OrderConfirmed' }).click();
    await page.getByRole('cell', { name: 'lines' }).waitFor(PATIENCE);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Edit and redrive' }).click();
    await page.getByRole('textbox', { name: 'Data' }).fill(JSON.stringify(event.detail.data));
    await page.getByRole('button', { name: 'Redrive the edited copy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive the edited copy' }).click();
    await page.getByText(/Sent an edited copy with the new event id/).waitFor(PATIENCE);
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    await open(`flows/${orderId}`);
    await page.getByText('edited copy', { exact: true }).waitFor(PATIENCE);
    await page
      .getByText('replaced')
      .or(page.getByText('processed shipping.dispatch-shipment'))
      .first()
      .waitFor(PATIENCE);
    await page.locator('.facts .settled').waitFor(PATIENCE);
  });

  it('makes the bank fail by a switch, and the payment is collected when it is back', async () => {
    const orderId = await switched('The bank fails', { to: true }, async () => {
      const placed = await place();
      await findFlow(placed);
      await page.getByText('deferred').or(page.getByText('retrying')).first().waitFor(PATIENCE);
      return placed;
    });
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
  });

  it('slows a service down by a switch', async () => {
    await switched('shipping is slow', { to: true }, async () => {
      const orderId = await place();
      expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    });
  });

  it('posts a request from the form of its schema, and refuses an event that breaks its contract', async () => {
    await open('send');
    await page.getByLabel('customerId').fill('ada', PATIENCE);
    await page.getByLabel('sku').fill('teapot');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Post the request' }).click();
    await page.getByText('POST /orders answered 202.').waitFor(PATIENCE);
    await page.getByRole('link', { name: 'Show its flow' }).click();
    await page.getByRole('heading', { name: 'checkout.OrderPlaced' }).waitFor(PATIENCE);
    await open('send?to=orders.OrderCancelled');
    await page.getByRole('button', { name: 'Publish the event' }).click(PATIENCE);
    await page.getByRole('alert').getByText('breaks its contract').waitFor(PATIENCE);
  });

  it('looks into tables, without personal data', async () => {
    const orderId = await place();
    await untilOver(deployed(), orderId);
    await open(`tables?table=checkout.order-views&key=${orderId}`);
    await page.getByRole('cell', { name: orderId }).waitFor(PATIENCE);
    expect(await page.getByText('ada').count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('refuses a change without the token of its start', async () => {
    const answer = await fetch(`${url}api/traffic/one-order`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(403);
  });
});

interface Traced {
  readonly state: string;
  readonly stuckAt: readonly string[];
}
