import { Failure, UsageError } from '../cli/failure';
import { portOf } from '../cli/options';
import type { Location } from '../deployed/discover';
import { LOCAL_STAGE } from '../deployed/environment';
import type { LocalCloud } from '../deployed/local-clouds';

export interface TargetOptions {
  readonly stage?: string;
  readonly region?: string;
  readonly port?: string;
}

/**
 * Chooses the deployed system that a command works with. Without `--stage` it is the local cloud: the emulator that
 * `AWS_ENDPOINT_URL` names, else the running cloud of this checkout. No command reaches AWS without `--stage`.
 *
 * @param clouds - the running clouds of this checkout
 * @throws UsageError when the options contradict each other
 * @throws Failure when no cloud is running, or several are
 */
export function chooseTarget(
  { stage = LOCAL_STAGE, region, port }: TargetOptions,
  environment: Readonly<Record<string, string | undefined>>,
  clouds: readonly LocalCloud[],
): Location {
  const given = environment.AWS_ENDPOINT_URL || undefined;
  if (stage !== LOCAL_STAGE) {
    if (port !== undefined) throw new UsageError(`--port is for stage ${LOCAL_STAGE}, not for ${stage}.`);
    return { stage, region, endpoint: given };
  }
  if (region !== undefined) throw new UsageError('--region is for stages on AWS: name one with --stage.');
  if (port !== undefined) {
    const number = portOf(port);
    const cloud = clouds.find((one) => one.port === number);
    if (cloud === undefined) throw new Failure(`No local cloud of this checkout is ready on port ${number}.`);
    return { stage, endpoint: cloud.endpoint };
  }
  if (given !== undefined) return { stage, endpoint: given };
  const [only, ...others] = clouds;
  if (only === undefined) {
    throw new Failure(
      'No local cloud is running: start one with "npm start", or name a stage on AWS with --stage dev or --stage prod.',
    );
  }
  if (others.length > 0) {
    const ports = clouds.map((cloud) => cloud.port).join(', ');
    throw new Failure(`Several local clouds are running: choose one with --port (${ports}).`);
  }
  return { stage, endpoint: only.endpoint };
}

/** Returns the target for people: `Stage prod on AWS (eu-west-1)`. */
export function formatTarget({ stage, endpoint, region }: Location): string {
  return `Stage ${stage} ${endpoint === undefined ? `on AWS${region ? ` (${region})` : ''}` : `at ${endpoint}`}`;
}
