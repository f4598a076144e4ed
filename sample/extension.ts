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
  ...consoleExtension,
} satisfies StartExtension & OpsExtension & ConsoleExtension;
