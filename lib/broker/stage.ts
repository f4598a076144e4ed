import { RemovalPolicy } from 'aws-cdk-lib';
import { SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

const names = ['local', 'dev', 'prod'] as const;

/** Where the app is deployed to, and all that differs between these places. */
export interface Stage {
  readonly name: (typeof names)[number];
  /** What becomes of data when its table or queue leaves the app. */
  readonly removalPolicy: RemovalPolicy;
  /** Whether tables can be put back to any second of the last 35 days, and cannot be deleted by mistake. */
  readonly retainsData: boolean;
  readonly logRetention: RetentionDays;
  /**
   * Which of Lambda's own lines are kept. In prod those of healthy invocations (start, end, report) would cost more than all
   * that the functions write: one line for each message.
   */
  readonly platformLogLevel: SystemLogLevel;
  /** Whether anybody may call the HTTP APIs. */
  readonly isOpen: boolean;
  /**
   * Whether the bus has an archive of CloudFormation's making. The local emulator cannot create one:
   * `local/` does it through the API.
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
 * The stage that the context asks for: `-c stage=prod`.
 *
 * @default dev
 * @throws Error naming the stages there are
 */
export function stageOf(node: Node): Stage {
  const name: unknown = node.tryGetContext('stage') ?? 'dev';
  const known = names.find((one) => one === name);
  if (!known) throw new Error(`There is no stage "${name}": use -c stage=${names.join(', -c stage=')}.`);
  return stages[known];
}
