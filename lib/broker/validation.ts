import { dirname, join } from 'node:path';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import {
  type App,
  type IPolicyValidationContextBeta1,
  type PolicyValidationPluginReportBeta1,
  Validations,
} from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { Stage } from './stage';

const GUARD_RULES = join(
  dirname(require.resolve('@cdklabs/cdk-validator-cfnguard/package.json')),
  'rules',
  'control-tower',
  'cfn-guard',
);

/** Guard's rules for the services in use: 2 s instead of 14 s for nine stacks. A test says what is missing here. */
export const GUARDED = [
  'apigateway',
  'cloudwatch',
  'dynamodb',
  'identityandaccessmanagement',
  'keymanagementservice',
  'lambda',
  'sqs',
  'stepfunctions',
];

/** Rules that are not followed anywhere. What is an exception is acknowledged where it is made. */
const DECLINED = [
  {
    id: 'cdk-validator-cfnguard::lambda_inside_vpc_check',
    reason:
      'No function reaches anything private: a VPC would add network addresses and gateways, and protect nothing.',
  },
  {
    id: 'Serverless-LambdaDLQ',
    reason:
      'It is for asynchronous invocations. Here the queue, the stream or the schedule has the dead-letter queue, and HTTP callers see the failure.',
  },
  {
    id: 'cdk-validator-cfnguard::dynamodb_table_encrypted_kms_check',
    reason:
      'DynamoDB encrypts at rest with a key of its own. Name another in lib/broker/tables/data-table.ts if keys must be yours.',
  },
  {
    id: 'cdk-validator-cfnguard::cloudwatch_log_group_encrypted_check',
    reason: 'CloudWatch Logs encrypts at rest with a key of its own, and no personal data is logged.',
  },
];

/**
 * Has every synthesis checked by cdk-nag and CloudFormation Guard: what an auditor would flag fails here, not after deployment.
 * Stage `local` is not checked: nothing but this machine reaches it, and a start should not wait.
 */
export function validate(app: App, stage: Stage): void {
  if (stage.name === 'local') return;
  Validations.of(app).acknowledge(...DECLINED);
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app),
    new ServerlessChecks(app),
    new Guard({
      controlTowerRulesEnabled: false,
      rules: GUARDED.map((service) => join(GUARD_RULES, service)),
    }),
  );
}

/** Without a severity, the CDK would let all findings pass as soon as one of them is acknowledged. */
class Guard extends CfnGuardValidator {
  override validate(context: IPolicyValidationContextBeta1): PolicyValidationPluginReportBeta1 {
    const { violations, ...report } = super.validate(context);
    return { ...report, violations: violations.map((violation) => ({ ...violation, severity: 'error' })) };
  }
}
