import { Aws } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');
/** Accepts alarms of this account only (confused deputy). */
const OWN_ACCOUNT = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };

/** The topic that all alarms notify. Subscribe your on-call tool to it. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string) {
    // CloudWatch cannot use the AWS managed key of SNS, so the topic has a customer managed key.
    const masterKey = new Key(scope, 'AlarmKey', {
      enableKeyRotation: true,
      description: 'Encrypts alarm notifications.',
    });
    super(scope, id, { masterKey, enforceSSL: true });
    masterKey.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        // Only AWS services may use grants of the key.
        conditions: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' } },
      }),
    );
    masterKey.addToResourcePolicy(
      new PolicyStatement({
        principals: [CLOUDWATCH],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: OWN_ACCOUNT,
      }),
    );
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [CLOUDWATCH],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: OWN_ACCOUNT,
      }),
    );
  }
}
