import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, type StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { TableKeys } from '../../../lambdas/runtime/declare/table';
import type { ServiceFunction } from '../functions/service-function';
import { StageStack } from '../stage-stack';

export interface DataTableProps extends TableKeys {
  /** Images in the table's stream. @default no stream */
  readonly stream?: StreamViewType;
}

/** A table with the settings that all tables share, and the grants that the runtime needs. */
export class DataTable extends Table {
  private readonly queried: readonly string[];

  constructor(scope: Construct, id: string, props: DataTableProps) {
    const { key, sortKey, timeToLive, indexes = {}, stream } = props;
    const { deploymentStage: stage } = StageStack.of(scope);
    super(scope, id, {
      partitionKey: stringKey(key),
      ...(sortKey && { sortKey: stringKey(sortKey) }),
      timeToLiveAttribute: timeToLive,
      stream,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.retainsData },
      deletionProtection: stage.retainsData,
      // The rollback of a first deployment could not delete a protected table.
      removalPolicy: stage.retainsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    for (const [indexName, keys] of Object.entries(indexes)) {
      this.addGlobalSecondaryIndex({
        indexName,
        partitionKey: stringKey(keys.key),
        sortKey: stringKey(keys.sortKey),
        projectionType: keys.keysOnly ? ProjectionType.KEYS_ONLY : ProjectionType.ALL,
      });
    }
    const indexArns = Object.keys(indexes).map((name) => `${this.tableArn}/index/${name}`);
    this.queried = sortKey ? [this.tableArn, ...indexArns] : indexArns;
    if (!stage.retainsData) this.acknowledgeNoRecovery();
  }

  /** Grants the reads of the runtime's store. `Query` only where the table has a sort key or an index. */
  grantLoad(reader: ServiceFunction): void {
    reader.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], this.tableArn);
    if (this.queried.length > 0) reader.allow(['dynamodb:Query'], ...this.queried);
  }

  /** Grants the writes of a unit of work. */
  grantCommit(writer: ServiceFunction): void {
    const statements = ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'];
    writer.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem', ...statements], this.tableArn);
  }

  private acknowledgeNoRecovery(): void {
    const reason = 'Only prod retains data.';
    Validations.of(this).acknowledge(
      { id: 'AwsSolutions-DDB3', reason },
      { id: 'cdk-validator-cfnguard::dynamodb_table_pitr_enabled_check', reason },
    );
  }
}

/** A key attribute. All keys are strings. */
export function stringKey(name: string) {
  return { name, type: AttributeType.STRING };
}
