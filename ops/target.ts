import { Failure } from '../cli/failure';
import { portOf } from '../cli/options';
import { STAGE } from '../deployed/environment';
import type { LocalCloud } from '../deployed/local-clouds';

/** Which deployed system a command is about. */
export interface Target {
  readonly stage: string;
  /** The emulator; undefined on AWS. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

export interface TargetOptions {
  readonly stage?: string;
  readonly region?: string;
  readonly port?: string;
}

/**
 * The local cloud, unless a stage says otherwise: the one that `AWS_ENDPOINT_URL` names, or that a command of this checkout runs.
 *
 * @param clouds - those that are running
 * @throws Failure when it cannot be told which one is meant
 */
export function chooseTarget(
  { stage = STAGE, region, port }: TargetOptions,
  environment: Readonly<Record<string, string | undefined>>,
  clouds: readonly LocalCloud[],
): Target {
  const given = environment.AWS_ENDPOINT_URL || undefined;
  if (stage !== STAGE) {
    if (port !== undefined) throw new Failure(`--port is for stage ${STAGE}, not for ${stage}.`);
    return { stage, region, endpoint: given };
  }
  if (region !== undefined) throw new Failure(`--region is for stages on AWS: name one with --stage.`);
  if (port !== undefined) {
    const name = String(portOf(port));
    const cloud = clouds.find((one) => one.name === name);
    if (cloud === undefined) throw new Failure(`No local cloud of this checkout is ready on port ${name}.`);
    return { stage, region, endpoint: cloud.endpoint };
  }
  if (given !== undefined) return { stage, region, endpoint: given };
  const [only, ...others] = clouds;
  if (only === undefined) {
    throw new Failure(
      'No local cloud is running: start one with "npm start", or name a stage on AWS with --stage dev or --stage prod.',
    );
  }
  if (others.length > 0) {
    const names = clouds.map(({ name }) => name).join(', ');
    throw new Failure(`Several local clouds are running: choose one with --port (${names}).`);
  }
  return { stage, region, endpoint: only.endpoint };
}

/** The target, for people. */
export function describeTarget({ stage, endpoint, region }: Target): string {
  return `Stage ${stage} ${endpoint === undefined ? `on AWS${region ? ` (${region})` : ''}` : `at ${endpoint}`}`;
}
