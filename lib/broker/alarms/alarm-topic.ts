import { Aws } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');

/** What all alarms notify. Subscribe to it whoever is on call. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string) {
    // CloudWatch cannot use the key that AWS manages for SNS, so the topic has one of its own.
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
        // Nobody but an AWS service may let others use the key.
        conditions: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' } },
      }),
    );
    masterKey.grantEncryptDecrypt(CLOUDWATCH);
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [CLOUDWATCH],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        // No other account's alarms.
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }
}
