import { loadExtension } from '../cli/extension';
import { portOf, portOption } from '../cli/options';
import { runProgram } from '../cli/program';
import { showProgress } from '../cli/progress';
import { startConsole } from '../console/server/console';
import { apiUrl, type Deployment } from '../deployed/discover';
import { startCloud } from './cloud/cloud';
import { watchFunctionErrors } from './cloud/function-errors';
import { warmUp } from './cloud/health';
import type { StartExtension } from './extension';

/** The console's port follows the emulator's, so that links to it stay valid. */
const CONSOLE_OFFSET = 11;

/** `npm start`: deploys the application to an emulator, and keeps an emulator that it has started until Ctrl-C. */
runProgram(
  {
    command: 'npm start --',
    summary: 'Starts an AWS emulator on this machine and deploys the whole application to it.',
    options: {
      ...portOption,
      verbose: { type: 'boolean', help: 'Shows all output of the CDK.' },
      'no-iam': { type: 'boolean', help: 'Does not check permissions: every call is allowed.' },
    },
    examples: ['npm start', 'npm start -- --port 4600', 'AWS_ENDPOINT_URL=http://localhost:4566 npm start'],
  },
  async ({ port, verbose, 'no-iam': noIam }, lifetime) => {
    const start = performance.now();
    const progress = showProgress();
    const onLine = verbose ? (line: string) => console.error(line) : undefined;
    const cloud = await startCloud({ port: portOf(port), progress, lifetime, onLine, iam: !noIam });
    const { instructions } = await loadExtension<StartExtension>();
    const web = cloud.isOwn
      ? await startConsole({ deployment: cloud, port: portOf(port) + CONSOLE_OFFSET, lifetime })
      : undefined;
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    const sections = [`\nReady after ${seconds} s`, formatUrls(cloud, web), instructions?.(cloud)];
    const end = cloud.isOwn ? 'Ctrl-C stops everything.' : `The application stays deployed at ${cloud.endpoint}.`;
    console.log(`${[...sections.filter((one) => one !== undefined), end].join('\n\n')}\n`);
    if (!cloud.isOwn) return;
    void watchFunctionErrors(cloud, (text) => console.error(text), lifetime.signal);
    await warmUp(cloud);
    await untilAborted(lifetime.signal);
  },
);

function formatUrls(deployment: Deployment, web: string | undefined): string {
  const apis = deployment.services.filter(({ api }) => api !== undefined);
  const rows = [
    ...(web === undefined ? [] : [['Console', web]]),
    ['Emulator', deployment.endpoint],
    ...apis.map(({ service }) => [`API of ${service}`, apiUrl(deployment, service)]),
  ];
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', url]) => `  ${name.padEnd(width)}   ${url}`).join('\n');
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const keepAlive = setInterval(() => {}, 60_000);
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => {
      clearInterval(keepAlive);
      resolve();
    }),
  );
}
