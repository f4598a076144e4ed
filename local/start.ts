import { run } from '../cli/lifetime';
import { portOf, readOptions } from '../cli/options';
import { showProgress } from '../cli/progress';
import { apiUrl, type Deployment } from '../deployed/discover';
import catalogue from '../lambdas/checkout/catalogue.json';
import { startCloud } from './cloud/cloud';
import { warmUp } from './cloud/health';

/** `npm start`: the whole application on this machine, until Ctrl-C. */
run(async (lifetime) => {
  const options = readOptions(
    { port: { type: 'string' }, verbose: { type: 'boolean' } },
    'npm start -- [--port 4566] [--verbose]',
  );
  const start = performance.now();
  const progress = showProgress();
  const onLine = options.verbose ? (line: string) => console.error(line) : undefined;
  const deployment = await startCloud({ port: portOf(options.port), progress, lifetime, onLine });
  console.log(instructions(deployment, (performance.now() - start) / 1_000));
  await warmUp(deployment);
  await untilEnd(lifetime.signal);
});

function instructions(deployment: Deployment, seconds: number): string {
  const url = apiUrl(deployment, 'checkout');
  const [sku] = Object.keys(catalogue.prices);
  const order = JSON.stringify({ customerId: 'ada', lines: [{ sku, quantity: 2 }] });
  return `
Ready after ${seconds.toFixed(1)} s

  API        ${url}
  Emulator   ${deployment.endpoint}

Place an order, then look at it (the answer to the first has its id):

  curl -si ${url}/orders -H 'content-type: application/json' -d '${order}'
  curl -s ${url}/orders/<orderId>

Ctrl-C stops everything.
`;
}

function untilEnd(signal: AbortSignal): Promise<void> {
  const keepAlive = setInterval(() => {}, 60_000);
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => {
      clearInterval(keepAlive);
      resolve();
    }),
  );
}
