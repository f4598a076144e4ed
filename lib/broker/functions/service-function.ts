import { basename } from 'node:path';
import { Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { variables } from '../../../lambdas/runtime/aws/settings';
import { PERIOD, watch } from '../alarms/alarms';
import { bundle } from '../bundling/bundle';
import { StageStack } from '../stage-stack';
import { StageLogGroup } from './log-group';

/** Props of a function. */
export interface ServiceFunctionProps {
  /** Name in the declaration, such as `reserve-stock`. */
  readonly name: string;
  /** File of the handler. */
  readonly entry: string;
  /** The longest duration of one invocation. @default 30 seconds */
  readonly timeout?: Duration;
  /** Memory in MB. CPU is proportional to it. @default 512 */
  readonly memorySize?: number;
  /** Environment variables in addition to those of every function. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

export const DEFAULT_FUNCTION_TIMEOUT = Duration.seconds(30);

/** A function with the defaults of all functions. It may only write logs and traces until something is granted. */
export class ServiceFunction extends LambdaFunction {
  readonly executionRole: Role;
  /** Hash of the function's code. */
  readonly codeVersion: string;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const { name, entry, environment } = props;
    const { deploymentStage: stage, owner: service } = StageStack.of(scope);
    const otlp: unknown = scope.node.tryGetContext('otlp');
    const folder = bundle(entry);
    const logGroup = new StageLogGroup(scope, `${id}Logs`);
    // The CDK's default role has a managed policy that allows writing to every log group.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      description: `${service}: ${name}`,
      code: Code.fromAsset(folder),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout ?? DEFAULT_FUNCTION_TIMEOUT,
      memorySize: props.memorySize ?? 512,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: stage.platformLogLevel,
      tracing: Tracing.ACTIVE,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        [variables.stage]: stage.name,
        [variables.service]: service,
        [variables.name]: name,
        // `-c otlp=http://collector:4318`: exports spans by the OpenTelemetry Protocol.
        ...(otlp !== undefined && { [variables.otlpEndpoint]: String(otlp) }),
        ...environment,
      },
    });
    watch(this, 'ErrorsAlarm', {
      metric: this.metricErrors({ period: PERIOD }),
      threshold: 1,
      periods: 3,
      meaning: `${service}.${name}: the function fails.`,
      runbook: 'errors',
    });
    watch(this, 'ThrottlesAlarm', {
      metric: this.metricThrottles({ period: PERIOD }),
      threshold: 1,
      periods: 3,
      meaning: `${service}.${name}: the function is throttled.`,
      runbook: 'throttles',
    });
    this.executionRole = role;
    this.codeVersion = basename(folder);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Writing traces takes no resource, nor does finding a stream (dynamodb:ListStreams) for the relay.',
    });
  }

  /** Grants actions on the given resources. */
  allow(actions: readonly string[], ...resources: readonly string[]): void {
    this.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }
}
