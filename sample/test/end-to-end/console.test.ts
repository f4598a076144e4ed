import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { Lifetime } from '../../../cli/lifetime';
import { startConsole } from '../../../console/server/console';
import { accessibilityFaults, openPage, startBrowser } from '../../../test/support/browser';
import { Receiver } from '../../../test/support/receiver';
import { placeOrder, readOrder } from '../../order-client';
import { describeDeployed, expectInvariants, PATIENCE_MS, until, untilIdle, untilOver } from './deployed';
import { whileStopped, withEnvironment } from './functions';
import { send } from './messages';
import { operatorOf, take } from './operator';

const WIDE = { width: 1280, height: 800 };

describeDeployed('the console', (deployed) => {
  const { place, ops, queueOf, purge } = operatorOf(deployed);
  const lifetime = new Lifetime();
  let url = '';
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    ({ url } = await startConsole({ deployment: deployed().deployment, port: 0, lifetime }));
    browser = await startBrowser();
    page = await openPage(browser, { viewport: WIDE });
    page.on('pageerror', ({ message }) => problems.push(message));
  });
  afterAll(async () => {
    await browser?.close();
    await lifetime.end();
    await purge();
    await expectInvariants(deployed());
  });
  afterEach(() => expect(problems.splice(0)).toEqual([]));

  const open = (path: string) => page.goto(`${url}${path}`);
  /** Does something while a switch is on or off, and flips it back even if that fails, because the next tests need it. */
  const switched = async <T>(name: string, { to }: { to: boolean }, during: () => Promise<T>): Promise<T> => {
    const flip = async (checked: boolean) => {
      await open('faults');
      await page.getByRole('switch', { name, checked: !checked }).click();
      await page.getByRole('switch', { name, checked }).waitFor();
    };
    await flip(to);
    try {
      return await during();
    } finally {
      await flip(!to);
    }
  };
  /** Does something while no order is cancelled because the machine is slow. */
  const withoutHurry = (during: () => Promise<void>) =>
    withEnvironment(deployed(), 'orders.advance-order', { PAYMENT_WINDOW_SECONDS: '900' }, during);
  const untilStatus = (status: string) => page.locator('.facts').getByText(status, { exact: true }).waitFor();
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
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.getByText(text).first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
    }
    try {
      await page.setViewportSize({ width: 400, height: 800 });
      await page.waitForFunction('document.documentElement.scrollWidth <= 400');
    } finally {
      await page.setViewportSize(WIDE);
    }
  });

  it('loads at most 250 KB, compressed, for the first page', async () => {
    await open('map');
    await page.getByRole('link', { name: /^orders / }).waitFor();
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
    await page.getByText('Place one order: accepted.').waitFor();
    await page.getByRole('link', { name: 'Flows' }).click();
    await page
      .getByRole('link', { name: /^Order / })
      .first()
      .click();
    await page
      .getByRole('heading', { name: /checkout.OrderPlaced|payments.Payment/ })
      .first()
      .waitFor();
  });

  it('hides personal data until asked for it', async () => {
    await open('');
    const orderId = await place();
    await findFlow(orderId);
    await page.getByText('Data', { exact: true }).first().click();
    await page.getByText('"customerId": "[personal]"').first().waitFor();
    await page.getByRole('checkbox', { name: 'Personal data' }).check();
    await page.getByText('"customerId": "[personal]"').first().waitFor({ state: 'detached' });
  });

  it('shows a flow as stuck at a broken consumer, and redrives it to its end', () =>
    withoutHurry(async () => {
      const consumer = 'payments.collect-payment';
      const broken = { PROVIDER_URL: `${deployed().url}/no-bank` };
      const orderId = await withEnvironment(deployed(), consumer, broken, async () => {
        const placed = await place();
        await findFlow(placed);
        await page.getByText(`Stuck at ${consumer}`).waitFor();
        await page.getByText(/rejected POST \/charges/).waitFor();
        await until('the trace says where it is stuck', async () => {
          const { json } = await ops<Traced>('trace', placed);
          return json.state === 'stuck' && json.stuckAt.join() === consumer;
        });
        expect(await accessibilityFaults(page)).toEqual([]);
        return placed;
      });
      await until('the order is completed', async () => {
        const redrive = page.getByRole('button', { name: 'Redrive' }).first();
        // An instance that still has the old settings can take the message again. The button can also go before the click.
        if (await redrive.isVisible()) await redrive.click({ timeout: 2_000 }).catch(() => {});
        return (await readOrder(deployed().url, orderId)).status === 'completed';
      });
      await untilStatus('completed');
      await page.getByRole('heading', { name: 'orders.OrderCompleted' }).waitFor();
      const settled = await until('the flow is settled', async () => {
        const { json } = await ops<Traced>('trace', orderId);
        return json.state === 'settled' && json;
      });
      expect(settled.stuckAt).toEqual([]);
      await page.locator('.facts .settled').waitFor();
      await page.getByText('Stuck at').waitFor({ state: 'detached' });
    }));

  it('switches a consumer off and on, and its queue drains', async () => {
    const consumer = 'shipping.dispatch-shipment';
    const orderId = await switched(consumer, { to: false }, async () => {
      const placed = await place();
      const row = page.locator('.consumer', { has: page.getByRole('switch', { name: consumer }) });
      await row.getByText(/^\d+ waiting$/).waitFor();
      return placed;
    });
    await findFlow(orderId);
    await untilStatus('completed');
  });

  it('repeats an action at a steady rate until it is stopped', async () => {
    await open('load');
    await page.getByRole('spinbutton').fill('5');
    await page.getByRole('button', { name: 'Start' }).click();
    try {
      await page.getByText(/^[1-9]\d* accepted$/).waitFor();
    } finally {
      await page.getByRole('button', { name: 'Stop' }).click();
    }
    await page.getByText(/accepted$/).waitFor({ state: 'detached' });
    await untilIdle(deployed());
  });

  // Not 500, which take some minutes of a machine with two processors: 100 orders exceed its capacity as well.
  it('shows a burst as it waits in queues, drains, and becomes settled flows', async () => {
    const settled = async () => {
      await open('flows');
      const filter = page.getByRole('button', { name: /^settled \d+$/ });
      return Number((await filter.textContent())?.replace('settled ', ''));
    };
    const before = await settled();
    await open('load');
    const depth = async () => {
      const label = await page.getByRole('img', { name: /^Messages: / }).getAttribute('aria-label');
      return Number(/in queues (\d+)/.exec(label ?? '')?.[1]);
    };
    // Orders can be processed as fast as they are placed, so that no queue would grow.
    await whileStopped(deployed(), ['orders.advance-order'], async () => {
      await page.getByRole('button', { name: 'Place 100 at once' }).click();
      await page.getByText('Place 100 at once: accepted.').waitFor({ timeout: PATIENCE_MS });
      await until('messages wait in queues', async () => (await depth()) >= 100);
    });
    await untilIdle(deployed());
    await until('the queues are empty', async () => (await depth()) === 0);
    await until('its flows are settled', async () => (await settled()) >= before + 100);
  });

  it('shows the request and each attempt of a webhook at the ends of a flow', async () => {
    // A bank that answers late causes another callback.
    const attempts = () => receiver.received.filter(({ body }) => body.includes('order.cancelled')).length;
    const receiver = await Receiver.start((response) => response.writeHead(attempts() === 1 ? 503 : 204).end());
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
        await page.getByRole('heading', { name, exact: true }).waitFor();
      await page.getByRole('button', { name: 'Response' }).first().click();
      await page.getByText('[personal]').first().waitFor();
      await page.getByRole('checkbox', { name: 'Personal data' }).check();
      await page.getByText(`"orderId":"${orderId}"`).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'sequence' }).click();
      await page.getByText('order.cancelled 204').waitFor();
    } finally {
      await receiver.stop();
    }
  });

  it('says at once that there is no such flow, and asks for it no more', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await open('flows/nope');
    await page.getByText('There is no such flow.').waitFor();
    expect(asked.filter((one) => one.endsWith('/api/flows/nope'))).toHaveLength(1);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('is used by keyboard: skips to the content, opens a service on the map, and closes it', async () => {
    await open('map');
    const service = page.getByRole('link', { name: /^orders / });
    await service.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await service.focus();
    await page.keyboard.press('Enter');
    const details = page.getByRole('complementary', { name: 'orders' });
    await details.waitFor();
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
  });

  it('redrives an edited copy, which ends the flow and is marked as edited', async () => {
    const consumer = 'shipping.dispatch-shipment';
    const { queue } = queueOf(consumer);
    await purge();
    const { orderId, original } = await whileStopped(deployed(), [consumer], async () => {
      const placed = await place();
      const { Body = '' } = await take(deployed(), consumer, placed);
      return { orderId: placed, original: Body };
    });
    const event = JSON.parse(original);
    const broken = { ...event, detail: { ...event.detail, data: { ...event.detail.data, lines: 'none' } } };
    await send(deployed(), queue, [JSON.stringify(broken)]);
    await open('dead-letters');
    const letters = page.locator('section').filter({ has: page.getByText('broken-contract', { exact: true }) });
    await letters.locator('summary', { hasText: 'orders.OrderConfirmed' }).click();
    await letters.getByRole('cell', { name: 'lines' }).first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await letters.getByRole('button', { name: 'Edit and redrive' }).click();
    await letters.getByRole('textbox', { name: 'Data' }).fill(JSON.stringify(event.detail.data));
    await letters.getByRole('button', { name: 'Redrive the edited copy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive the edited copy' }).click();
    await page.getByText(/Sent an edited copy with the new event id/).waitFor();
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    await open(`flows/${orderId}`);
    await page.getByText('edited copy', { exact: true }).waitFor();
    await page.getByText('replaced').or(page.getByText('processed shipping.dispatch-shipment')).first().waitFor();
    await page.locator('.facts .settled').waitFor();
    // The invariants expect an effect of the original too. The order has its shipment already.
    await send(deployed(), queue, [original]);
  });

  it('makes the bank fail by a switch, and the payment is collected when it is back', () =>
    withoutHurry(async () => {
      const orderId = await switched('The bank fails', { to: true }, async () => {
        const placed = await place();
        await findFlow(placed);
        await page.getByText('deferred').or(page.getByText('retrying')).first().waitFor();
        return placed;
      });
      expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    }));

  it('slows a service down by a switch', async () => {
    await switched('shipping is slow', { to: true }, async () => {
      const orderId = await place();
      expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    });
  });

  it('posts a request from the form of its schema, and refuses an event that breaks its contract', async () => {
    await open('send');
    await page.getByLabel('customerId').fill('ada');
    await page.getByLabel('sku').fill('teapot');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Post the request' }).click();
    await page.getByText('POST /orders answered 202.').waitFor();
    await page.getByRole('link', { name: 'Show its flow' }).click();
    await page.getByRole('heading', { name: 'checkout.OrderPlaced' }).waitFor();
    await open('send?to=orders.OrderCancelled');
    await page.getByRole('button', { name: 'Publish the event' }).click();
    await page.getByRole('alert').getByText('breaks its contract').waitFor();
  });

  it('looks into tables, without personal data', async () => {
    const orderId = await place();
    await untilOver(deployed(), orderId);
    await open(`tables?table=checkout.order-views&key=${orderId}`);
    await page.getByRole('cell', { name: orderId, exact: true }).waitFor();
    // As a word, because random ids can contain these letters.
    expect(await page.getByText(/\bada\b/).count()).toBe(0);
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
