import { Validations } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { StageStack } from '../stage-stack';

/** A log group with the stage's retention and removal policy. */
export class StageLogGroup extends LogGroup {
  constructor(scope: Construct, id: string) {
    const { deploymentStage: stage } = StageStack.of(scope);
    super(scope, id, { retention: stage.logRetention, removalPolicy: stage.removalPolicy });
    if (!stage.retainsData) {
      Validations.of(this).acknowledge({
        id: 'cdk-validator-cfnguard::cloudwatch_log_group_retention_period_check',
        reason: 'Only prod retains data.',
      });
    }
  }
}
