import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../../cli/project';
import { LOCAL_DIRECTORY } from '../../deployed/local-clouds';
import { endpoint } from './cloud';

/** The files of the core, which remain when the sample is deleted. `package.json` still names the sample's extension. */
const CORE = [
  ...['cli', 'console', 'contracts/core', 'deployed', 'lambdas/runtime', 'lib/broker', 'local', 'observe', 'ops'],
  ...['.ci', 'cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'],
];

/** A service with one endpoint, one event and one subscription, in place of the sample. */
const SERVICE: Readonly<Record<string, string>> = {
  'contracts/index.ts': "export * from './pings';",
  'contracts/pings.ts': `
import * as z from 'zod/mini';
import { defineEvent } from './core/contract';

export const Pinged = defineEvent({
  name: 'Pinged',
  owner: 'pings',
  version: 1,
  schema: z.object({ text: z.string() }),
});
`,
  'lambdas/pings/service.ts': `
import * as z from 'zod/mini';
import { Pinged } from '../../contracts/pings';
import { defineService } from '../runtime/declare/service';

export const pings = defineService('pings');
export const ping = pings.endpoint('ping', {
  route: 'POST /pings',
  body: z.object({ text: z.string() }),
  emits: [Pinged],
  uses: [],
});
export const readPing = pings.subscription('read-ping', { to: [Pinged], emits: [], uses: [] });
`,
  'lambdas/pings/ping.ts': `
import { Pinged } from '../../contracts/pings';
import { accept } from '../runtime/http/accept';
import { ping } from './service';

export const handler = accept(ping, async ({ text }, work) => {
  work.emit(Pinged, { text });
  return { body: { text } };
});
`,
  'lambdas/pings/read-ping.ts': `
import { consume } from '../runtime/consume/consume';
import { readPing } from './service';

export const handler = consume(readPing, async ({ text }) => {
  if (text === 'boom') throw new TypeError('cannot read boom');
  if (text === 'bang') throw new TypeError('cannot read bang');
});
`,
  'bin/app.ts': `
import { App } from 'aws-cdk-lib';
import * as contracts from '../contracts';
import { contractsIn } from '../contracts/core/contracts-in';
import { ping, pings, readPing } from '../lambdas/pings/service';
import { BrokerStack } from '../lib/broker/broker-stack';
import { ServiceStack, type ServiceStackProps } from '../lib/broker/service-stack';
import { stageOf } from '../lib/broker/stage';

class PingsStack extends ServiceStack {
  constructor(props: ServiceStackProps) {
    super(app, pings, props);
    this.endpoint(ping);
    this.subscribe(readPing);
  }
}

const app = new App();
const stage = stageOf(app.node);
const { broker } = new BrokerStack(app, { stage, contracts: contractsIn(contracts) });
new PingsStack({ stage, broker });
`,
};

/** Describes tests that have their own checkout. Skipped without an emulator. */
export function describeCheckout(name: string, tests: (checkout: () => Checkout) => void): void {
  const group = endpoint === undefined ? describe.skip : describe;
  group(name, () => {
    let checkout: Checkout | undefined;
    beforeAll(() => {
      checkout = new Checkout();
    });
    afterAll(() => checkout?.remove());
    tests(() => {
      if (checkout === undefined) throw new Error('The checkout exists only while tests run.');
      return checkout;
    });
  });
}

const SCRIPTS = { start: 'local/start.ts', deploy: 'local/deploy.ts', ops: 'ops/main.ts' };

/** A copy of this project without the sample. */
export class Checkout {
  readonly root = mkdtempSync(path.join(tmpdir(), 'event-broker-checkout-'));
  readonly #commands: Command[] = [];

  constructor() {
    // A running emulator writes to __pycache__, so files can vanish while they are copied.
    const filter = (source: string) => !source.endsWith('__pycache__');
    for (const name of CORE) cpSync(path.join(ROOT, name), path.join(this.root, name), { recursive: true, filter });
    for (const [file, content] of Object.entries(SERVICE)) this.write(file, content);
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.root, 'node_modules'));
    mkdirSync(path.join(this.root, '.local'));
    for (const name of readdirSync(LOCAL_DIRECTORY).filter((one) => one.startsWith('ministack-'))) {
      symlinkSync(path.join(LOCAL_DIRECTORY, name), path.join(this.root, '.local', name));
    }
  }

  write(file: string, content: string): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), content);
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** Runs an npm script as npm does. */
  run(script: keyof typeof SCRIPTS, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Command {
    const child = spawn(process.execPath, ['cli/launch.cjs', SCRIPTS[script], ...args], {
      cwd: this.root,
      env: { ...process.env, AWS_ENDPOINT_URL: '', ...environment },
    });
    const command = new Command(child);
    this.#commands.push(command);
    return command;
  }

  /** Stops all commands and removes the copy. */
  async remove(): Promise<void> {
    for (const command of this.#commands) await command.stop();
    rmSync(this.root, { recursive: true });
  }
}

/** `npm start` takes half a minute on a busy machine. */
const PATIENCE_MS = 240_000;
const POLL_MS = 50;

/** A running command and its output. */
export class Command {
  stdout = '';
  stderr = '';
  readonly exit: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    this.exit = once(child, 'close').then(([code]) => code as number | null);
    child.stdout?.on('data', (data) => (this.stdout += data));
    child.stderr?.on('data', (data) => (this.stderr += data));
  }

  /** Waits until an output matches. @throws Error with both outputs if it takes too long or the command exits */
  async untilPrinted(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    let hasEnded = false;
    // At the end, all of the output has arrived.
    void this.exit.then(() => {
      hasEnded = true;
    });
    while (!pattern.test(this[stream])) {
      if (hasEnded || Date.now() > deadline) {
        throw new Error(`The command has not printed ${pattern}:\n${this.stdout}\n${this.stderr}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Stops the command as Ctrl-C does. @returns its exit code */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.exit;
  }
}
