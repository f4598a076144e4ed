import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ROOT } from '../../cli/project';
import { clientSettings } from '../../deployed/environment';

/** Names the checkout that started an emulator, so that another checkout can say who uses the port. */
const PARAMETER = '/event-broker/local-cloud';

const TIMEOUT_MS = 2_000;

/** The command that runs an emulator. */
interface Holder {
  /** The root folder of its checkout. */
  readonly checkout: string;
  readonly process: number;
}

/** Stores in the emulator which checkout and process started it. */
export async function publishHolder(endpoint: string): Promise<void> {
  const holder: Holder = { checkout: ROOT, process: process.pid };
  await call(endpoint, (ssm) =>
    ssm.send(
      new PutParameterCommand({ Name: PARAMETER, Type: 'String', Value: JSON.stringify(holder), Overwrite: true }),
    ),
  );
}

/** Returns a sentence that says who uses a port of this machine, and what to do. */
export async function describePortUse(port: number, ownCheckout = ROOT): Promise<string> {
  const endpoint = `http://127.0.0.1:${port}`;
  const otherPort = 'choose another port with --port';
  const holder = await readHolder(endpoint);
  if (holder) {
    const cloud = holder.checkout === ownCheckout ? 'of this checkout' : `of ${holder.checkout}`;
    return `Port ${port} is used by the local cloud ${cloud} (process ${holder.process}): stop it with Ctrl-C in its terminal, or ${otherPort}.`;
  }
  if (await isEmulator(endpoint)) {
    return `Port ${port} is used by an AWS emulator: deploy to it with AWS_ENDPOINT_URL=${endpoint}, or ${otherPort}.`;
  }
  return `Port ${port} is used by another program: stop that program, or ${otherPort}.`;
}

async function readHolder(endpoint: string): Promise<Holder | undefined> {
  try {
    const { Parameter } = await call(endpoint, (ssm) => ssm.send(new GetParameterCommand({ Name: PARAMETER })));
    return Parameter?.Value === undefined ? undefined : (JSON.parse(Parameter.Value) as Holder);
  } catch {
    return undefined;
  }
}

/** MiniStack and LocalStack have different health endpoints. */
async function isEmulator(endpoint: string): Promise<boolean> {
  const paths = ['/_ministack/health', '/_localstack/health'];
  const answers = paths.map(async (path) => {
    const answer = await fetch(endpoint + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await answer.json()) as { readonly services?: object };
    return body.services !== undefined;
  });
  return Promise.any(answers).catch(() => false);
}

async function call<Answer>(endpoint: string, send: (ssm: SSMClient) => Promise<Answer>): Promise<Answer> {
  const requestHandler = { connectionTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS };
  const ssm = new SSMClient({ ...clientSettings(endpoint), requestHandler, maxAttempts: 1 });
  try {
    return await send(ssm);
  } finally {
    ssm.destroy();
  }
}
