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

/** CloudFormation Guard rules for the AWS services in use: nine stacks take 2 s instead of 14 s. A test fails when a service is missing. */
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

/** Rules declined for the whole app. Single exceptions are acknowledged at the construct. */
const DECLINED = [
  {
    id: 'cdk-validator-cfnguard::lambda_inside_vpc_check',
    reason: 'No function calls a private resource, so a VPC would add gateways and cost without protecting anything.',
  },
  {
    id: 'Serverless-LambdaDLQ',
    reason:
      'The rule is for asynchronous invocations. Here the queue, stream mapping or schedule has the dead-letter queue, and HTTP callers receive the error.',
  },
  {
    id: 'cdk-validator-cfnguard::dynamodb_table_encrypted_kms_check',
    reason:
      'DynamoDB encrypts at rest with an AWS owned key. To use your own key, set it in lib/broker/tables/data-table.ts.',
  },
  {
    id: 'cdk-validator-cfnguard::cloudwatch_log_group_encrypted_check',
    reason: 'CloudWatch Logs encrypts at rest with an AWS owned key, and no personal data is logged.',
  },
];

/**
 * Checks every synthesis with cdk-nag and CloudFormation Guard, so that security findings fail before a deployment.
 * Stage `local` is not checked, because only this machine reaches it and `npm start` should be fast.
 */
export function addSecurityChecks(app: App, stage: Stage): void {
  if (stage.kind === 'local') return;
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

/** Adds a severity: without one, the CDK accepts all findings as soon as one is acknowledged. */
class Guard extends CfnGuardValidator {
  override validate(context: IPolicyValidationContextBeta1): PolicyValidationPluginReportBeta1 {
    const { violations, ...report } = super.validate(context);
    return { ...report, violations: violations.map((violation) => ({ ...violation, severity: 'error' })) };
  }
}
