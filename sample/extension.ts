import type { BenchExtension } from '../bench/report';
import type { ConsoleExtension } from '../console/extension';
import { apiUrl } from '../deployed/discover';
import catalogue from '../lambdas/checkout/catalogue.json';
import type { StartExtension } from '../local/extension';
import type { OpsExtension } from '../ops/extension';
import { consoleExtension } from './console';
import { orders, ordersShow } from './operators/orders';

/** Everything that the sample adds to the core's commands. `package.json` names this file under `eventBroker.extension`. */
export const extension = {
  instructions: (deployment) => {
    const url = apiUrl(deployment, 'checkout');
    const [sku] = Object.keys(catalogue.prices);
    const order = JSON.stringify({ customerId: 'ada', lines: [{ sku, quantity: 2 }] });
    return [
      'Place an order, then read it. The answer to the first request contains the id.',
      '',
      `  curl -si ${url}/orders -H 'content-type: application/json' -d '${order}'`,
      `  curl -s ${url}/orders/<orderId>`,
    ].join('\n');
  },
  commands: [orders, ordersShow],
  measurements: {
    cost: {
      summary: 'Dollars for a million orders beside the alternatives, and for an idle stage.',
      measure: async (effort) => (await import('./bench/cost')).measureCost(effort),
    },
    peak: {
      summary: 'Acceptance, queues and concurrency while thousands of orders arrive at once (simulation).',
      measure: async (effort) => (await import('./bench/peak')).measurePeak(effort),
    },
    'peak-local': {
      summary: 'Acceptance and concurrency while hundreds of orders arrive at once (local cloud).',
      measure: async (effort) => (await import('./bench/peak-local')).measurePeakLocally(effort),
    },
    cascade: {
      summary: 'The broker beside a chain of calls while one service is slow or dead (simulation).',
      measure: async (effort) => (await import('./bench/cascade')).measureCascade(effort),
    },
  },
  ...consoleExtension,
} satisfies StartExtension & OpsExtension & ConsoleExtension & BenchExtension;
