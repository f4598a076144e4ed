import { Validations } from 'aws-cdk-lib';
import { BillingMode, Table, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Stage } from './stage';

export interface DataTableProps
  extends Pick<TableProps, 'partitionKey' | 'sortKey' | 'timeToLiveAttribute' | 'stream'> {
  readonly stage: Stage;
}

/** How every table is kept. */
export class DataTable extends Table {
  constructor(scope: Construct, id: string, { stage, ...props }: DataTableProps) {
    super(scope, id, {
      ...props,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.retainsData },
      deletionProtection: stage.retainsData,
      removalPolicy: stage.removalPolicy,
    });
    if (!stage.retainsData) {
      const reason = 'Only prod retains data.';
      Validations.of(this).acknowledge(
        { id: 'AwsSolutions-DDB3', reason },
        { id: 'cdk-validator-cfnguard::dynamodb_table_pitr_enabled_check', reason },
      );
    }
  }
}
