import { Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { ServiceFunction } from '../functions/service-function';
import type { Stage } from '../stage';

/** Keys are strings. */
export interface TableOptions {
  readonly partitionKey: string;
  /** @default none: one item for each partition key */
  readonly sortKey?: string;
  /** The attribute with the time, in seconds since 1970, after which DynamoDB may delete an item. @default items stay */
  readonly timeToLive?: string;
  /** Indexes by name. An item without these attributes is in none. @default none */
  readonly indexes?: Readonly<Record<string, { readonly partitionKey: string; readonly sortKey: string }>>;
}

export interface DataTableProps extends TableOptions {
  readonly stage: Stage;
  /** What its stream tells of a change. @default no stream */
  readonly stream?: StreamViewType;
}

/** How every table is kept, and how its functions use it. */
export class DataTable extends Table {
  private readonly queried: readonly string[];

  constructor(scope: Construct, id: string, props: DataTableProps) {
    const { stage, partitionKey, sortKey, timeToLive, indexes = {}, stream } = props;
    super(scope, id, {
      partitionKey: stringKey(partitionKey),
      ...(sortKey && { sortKey: stringKey(sortKey) }),
      timeToLiveAttribute: timeToLive,
      stream,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.retainsData },
      deletionProtection: stage.retainsData,
      removalPolicy: stage.removalPolicy,
    });
    for (const [indexName, keys] of Object.entries(indexes)) {
      this.addGlobalSecondaryIndex({
        indexName,
        partitionKey: stringKey(keys.partitionKey),
        sortKey: stringKey(keys.sortKey),
      });
    }
    const indexArns = Object.keys(indexes).map((name) => `${this.tableArn}/index/${name}`);
    this.queried = sortKey ? [this.tableArn, ...indexArns] : indexArns;
    if (!stage.retainsData) this.acknowledgeNoRecovery();
  }

  /** The runtime's store reads one item or several, or queries where there is something in order. */
  grantLoad(reader: ServiceFunction): void {
    reader.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], this.tableArn);
    if (this.queried.length > 0) reader.allow(['dynamodb:Query'], ...this.queried);
  }

  /** What a unit of work commits, in one transaction or alone. */
  grantCommit(writer: ServiceFunction): void {
    writer.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], this.tableArn);
  }

  private acknowledgeNoRecovery(): void {
    const reason = 'Only prod retains data.';
    Validations.of(this).acknowledge(
      { id: 'AwsSolutions-DDB3', reason },
      { id: 'cdk-validator-cfnguard::dynamodb_table_pitr_enabled_check', reason },
    );
  }
}

function stringKey(name: string) {
  return { name, type: AttributeType.STRING };
}
