import { Validations } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from '../stage';

/** How all logs are kept: for a set time, and no longer than the stage keeps anything. */
export class StageLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { retention: stage.logRetention, removalPolicy: stage.removalPolicy });
    if (!stage.retainsData) {
      Validations.of(this).acknowledge({
        id: 'cdk-validator-cfnguard::cloudwatch_log_group_retention_period_check',
        reason: 'Only prod retains data.',
      });
    }
  }
}
