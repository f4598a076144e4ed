import { RemovalPolicy } from 'aws-cdk-lib';
import { SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

const names = ['local', 'dev', 'prod'] as const;

/** A deployment of the app, and the settings that differ between stages. */
export interface Stage {
  /** `local`, `dev` or `prod`. */
  readonly name: (typeof names)[number];
  /** Whether data is kept when its table or queue is removed from the app. */
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
}

const stages: Readonly<Record<Stage['name'], Stage>> = {
  local: {
    name: 'local',
    removalPolicy: RemovalPolicy.DESTROY,
    retainsData: false,
    logRetention: RetentionDays.ONE_DAY,
    platformLogLevel: SystemLogLevel.INFO,
    isOpen: true,
    hasArchive: false,
    hasDashboard: false,
  },
  dev: {
    name: 'dev',
    removalPolicy: RemovalPolicy.DESTROY,
    retainsData: false,
    logRetention: RetentionDays.TWO_WEEKS,
    platformLogLevel: SystemLogLevel.INFO,
    isOpen: false,
    hasArchive: true,
    hasDashboard: true,
  },
  prod: {
    name: 'prod',
    removalPolicy: RemovalPolicy.RETAIN,
    retainsData: true,
    logRetention: RetentionDays.ONE_YEAR,
    platformLogLevel: SystemLogLevel.WARN,
    isOpen: false,
    hasArchive: true,
    hasDashboard: true,
  },
};

/**
 * Returns the stage named by the context, such as `-c stage=prod`.
 *
 * @param node the app's node
 * @returns stage `dev` if the context names none
 * @throws Error that lists the stages, when the name is unknown
 */
export function stageOf(node: Node): Stage {
  const name: unknown = node.tryGetContext('stage') ?? 'dev';
  const known = names.find((one) => one === name);
  if (!known) throw new Error(`There is no stage "${name}": use -c stage=${names.join(', -c stage=')}.`);
  return stages[known];
}
