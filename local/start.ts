import { loadExtension } from '../cli/extension';
import { UsageError } from '../cli/failure';
import { portOf, portOption, wholeNumber } from '../cli/options';
import { runProgram } from '../cli/program';
import { noProgress, showProgress } from '../cli/progress';
import { startConsole } from '../console/server/console';
import { apiUrl, type Deployment } from '../deployed/discover';
import { type Cloud, startCloud } from './cloud/cloud';
import { watchFunctionErrors } from './cloud/function-errors';
import { warmUp } from './cloud/health';
import { currentBundles } from './cloud/update';
import type { StartExtension } from './extension';
import { deployReadable, findInspected } from './inspect';
import { keptState } from './kept-state';
import { watchSources } from './watch';

/** The console's port follows the emulator's, so that links to it stay valid. */
const CONSOLE_OFFSET = 11;

/** `npm start`: deploys the application to an emulator, and keeps an emulator that it has started until Ctrl-C. */
runProgram(
  {
    command: 'npm start --',
    summary: 'Starts an AWS emulator on this machine and deploys the whole application to it.',
    options: {
      ...portOption,
      'console-port': { type: 'string', value: 'port', help: 'Port of the console (the local cloud’s port + 11).' },
      watch: { type: 'boolean', help: 'Brings each change of the sources to the running cloud.' },
      keep: { type: 'boolean', help: 'Keeps the data until the next start with --keep on the same port.' },
      inspect: { type: 'string', value: 'function', help: 'Lets a debugger attach to a function, on port 9229.' },
      'http-door': {
        type: 'string',
        value: 'url',
        help: 'Serves the HTTP APIs at this URL itself. Automatic for an emulator that lacks API Gateway.',
      },
      verbose: { type: 'boolean', help: 'Shows all output of the CDK.' },
      'no-iam': { type: 'boolean', help: 'Does not check permissions: every call is allowed.' },
    },
    examples: [
      'npm start',
      'npm start -- --watch',
      'npm start -- --port 4600',
      'npm start -- --watch --inspect reserve-stock',
      'AWS_ENDPOINT_URL=http://localhost:4566 npm start',
    ],
  },
  async (
    { port, watch, keep, inspect, verbose, 'no-iam': noIam, 'http-door': door, 'console-port': consolePort },
    lifetime,
  ) => {
    const start = performance.now();
    const webPort =
      consolePort === undefined ? portOf(port) + CONSOLE_OFFSET : wholeNumber('--console-port', consolePort, 1, 65_535);
    const progress = showProgress();
    const onLine = verbose ? (line: string) => console.error(line) : undefined;
    const state = keep ? await keptState(portOf(port)) : undefined;
    const inspected = inspect === undefined ? undefined : await findInspected(inspect);
    const cloud = await startCloud({
      ...{ port: portOf(port), progress, lifetime, onLine, iam: !noIam, state },
      ...{ inspect: inspected, door: door === undefined ? undefined : doorAt(door) },
    });
    if (cloud.isOwn && inspected) await deployReadable(cloud, inspected);
    const { instructions } = await loadExtension<StartExtension>();
    const web = cloud.isOwn ? await startConsole({ deployment: cloud, port: webPort, lifetime }) : undefined;
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    const sections = [`\nReady after ${seconds} s`, formatUrls(cloud, web?.url), instructions?.(cloud)];
    console.log(`${[...sections.filter((one) => one !== undefined), ending(cloud)].join('\n\n')}\n`);
    if (!cloud.isOwn) return cloud.door && untilAborted(lifetime.signal);
    void watchFunctionErrors(cloud, (text) => console.error(text), lifetime.signal);
    if (watch) {
      const deployed = { deployment: cloud, assembly: cloud.assembly, bundles: currentBundles() };
      const { directory } = cloud;
      await watchSources(deployed, {
        directory,
        progress: noProgress,
        lifetime,
        print: (text) => console.error(text),
        onReload: async (what, now) => {
          if (inspected && what.some((one) => one === inspected.name || one.startsWith('stack ')))
            await deployReadable(now, inspected);
          cloud.door?.use(now);
          await web?.reload(what, now);
        },
      });
      console.error('Watching bin, contracts, lambdas and lib.');
    }
    await warmUp(cloud);
    if (inspected) console.error(`A debugger can attach to ${inspected.name} on 127.0.0.1:${inspected.port}.`);
    await untilAborted(lifetime.signal);
  },
);

function ending({ isOwn, door, endpoint }: Cloud): string {
  if (isOwn) return 'Ctrl-C stops everything.';
  return `${door ? 'Ctrl-C closes the HTTP door. ' : ''}The application stays deployed at ${endpoint}.`;
}

/** @throws UsageError when the text is no URL of a server */
function doorAt(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || url.pathname !== '/') {
    throw new UsageError(`--http-door must be a URL such as http://127.0.0.1:4578, not "${text}".`);
  }
  return url.origin;
}

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
