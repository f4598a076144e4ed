import { Duration, type Environment, RemovalPolicy } from 'aws-cdk-lib';
import { SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

const kinds = ['local', 'dev', 'prod'] as const;

/** A deployment of the app, and the settings that differ between stages. */
export interface Stage {
  /** For example `dev`, `prod`, `staging` or `pr-123`. Part of the names of stacks, parameters and the bus. */
  readonly name: string;
  /** The kind of stage that the settings are for. A stage with any other name has the settings of `dev`, unless it is configured. */
  readonly kind: (typeof kinds)[number];
  /** Where the stage is deployed. @default the account and region of the credentials */
  readonly env?: Environment;
  /**
   * Whether data is kept when its queue or log is removed from the app. A first deployment that fails keeps nothing: the next one
   * could not create a bus of the same name.
   */
  readonly removalPolicy: RemovalPolicy;
  /** Whether tables have point-in-time recovery (35 days) and deletion protection. */
  readonly retainsData: boolean;
  /** Retention of all logs. */
  readonly logRetention: RetentionDays;
  /**
   * Level of Lambda's platform logs. In prod, the start, end and report lines of successful invocations would cost more than the
   * functions' own logs, which are one line per message.
   */
  readonly platformLogLevel: SystemLogLevel;
  /** Whether the HTTP APIs need no authorisation. */
  readonly isOpen: boolean;
  /**
   * Whether CloudFormation creates the bus's archive. The local emulator cannot, so `local/` creates it through the API.
   */
  readonly hasArchive: boolean;
  /** Whether there is a dashboard. The local emulator has neither dashboards nor most of the metrics. */
  readonly hasDashboard: boolean;
  /**
   * The URL of the local cloud's HTTP door, which takes the place of API Gateway in an emulator that lacks it. Only in stage `local`:
   * `-c httpDoor=http://127.0.0.1:4578`. @default API Gateway
   */
  readonly httpDoor?: string;
  /**
   * Seconds for which messages wait for a full batch, at most, whatever a queue's batching window is. In stage `local` a short delay matters
   * more than cost: one second, or `-c longestWindow=300`. @default the window of each queue
   */
  readonly longestWindow?: number;
}

/** An entry of the context `stages` in `cdk.json`. */
interface StageConfiguration extends Environment {
  /** The kind of stage. @default the kind of this name, else `dev` */
  readonly like?: string;
}

/** EventBridge: the name of an archive has at most 48 characters, and may be that of its stack, `event-broker-<stage>-broker`. */
const MAX_NAME_LENGTH = 28;

const settings: Readonly<Record<Stage['kind'], Omit<Stage, 'name' | 'env' | 'httpDoor'>>> = {
  local: {
    kind: 'local',
    removalPolicy: RemovalPolicy.DESTROY,
    retainsData: false,
    logRetention: RetentionDays.ONE_DAY,
    platformLogLevel: SystemLogLevel.INFO,
    isOpen: true,
    hasArchive: false,
    hasDashboard: false,
  },
  dev: {
    kind: 'dev',
    removalPolicy: RemovalPolicy.DESTROY,
    retainsData: false,
    logRetention: RetentionDays.TWO_WEEKS,
    platformLogLevel: SystemLogLevel.INFO,
    isOpen: false,
    hasArchive: true,
    hasDashboard: true,
  },
  prod: {
    kind: 'prod',
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    retainsData: true,
    logRetention: RetentionDays.ONE_YEAR,
    platformLogLevel: SystemLogLevel.WARN,
    isOpen: false,
    hasArchive: true,
    hasDashboard: true,
  },
};

/**
 * Returns the stage named by the context, such as `-c stage=prod`. The context `stages` in `cdk.json` says where a stage is deployed and
 * which kind it is: `"stages": { "staging": { "like": "prod", "account": "111122223333", "region": "eu-west-1" } }`.
 *
 * @param node the app's node
 * @returns stage `dev` if the context names none
 * @throws Error when the name or the stage's configuration is not valid
 */
export function stageOf(node: Node): Stage {
  const name: unknown = node.tryGetContext('stage') ?? 'dev';
  requireName(name);
  const configured: Readonly<Record<string, StageConfiguration>> = node.tryGetContext('stages') ?? {};
  const { like, account, region } = configured[name] ?? {};
  const kind = kindOf(name, like);
  requireEnvironment(name, { account, region });
  const env = { ...(account && { account }), ...(region && { region }) };
  const httpDoor: unknown = kind === 'local' ? node.tryGetContext('httpDoor') : undefined;
  const longestWindow = kind === 'local' ? windowOf(node.tryGetContext('longestWindow') ?? 1) : undefined;
  return {
    ...settings[kind],
    name,
    ...(Object.keys(env).length > 0 && { env }),
    ...(typeof httpDoor === 'string' && { httpDoor }),
    ...(longestWindow !== undefined && { longestWindow }),
  };
}

/** Returns the batching window of a queue in a stage. @param window the one that saves most */
export function windowIn({ longestWindow }: Stage, window: Duration): Duration {
  return Duration.seconds(Math.min(window.toSeconds(), longestWindow ?? Number.POSITIVE_INFINITY));
}

function windowOf(context: unknown): number {
  const seconds = Number(context);
  if (Number.isInteger(seconds) && seconds >= 1) return seconds;
  throw new Error(`The context longestWindow is "${context}": write whole seconds, at least 1.`);
}

function requireName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name.length <= MAX_NAME_LENGTH && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) return;
  throw new Error(
    `The stage "${name}" is not valid: use a name of at most ${MAX_NAME_LENGTH} lower-case letters, digits and hyphens ` +
      'that begins with a letter, for example -c stage=pr-123.',
  );
}

function kindOf(name: string, like: string | undefined): Stage['kind'] {
  const wanted = like ?? kinds.find((kind) => kind === name) ?? 'dev';
  // The emulator's stage is open to everyone, and prod's data must be kept.
  const isFixed = name === 'local' || name === 'prod' || wanted === 'local';
  const kind = kinds.find((one) => one === wanted);
  if (kind !== undefined && (!isFixed || kind === name)) return kind;
  throw new Error(
    `The stage "${name}" in cdk.json cannot be like "${wanted}": use "dev" or "prod", and no "like" for local and prod.`,
  );
}

function requireEnvironment(name: string, { account, region }: Environment): void {
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw new Error(
      `The account of stage "${name}" in cdk.json is "${account}": write the 12 digits of the account's id as text.`,
    );
  }
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new Error(
      `The region of stage "${name}" in cdk.json is "${region}": write a region's code, for example eu-west-1.`,
    );
  }
}
