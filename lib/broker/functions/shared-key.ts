import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { StageStack } from '../stage-stack';

/** 33 bytes in Base64. Standard Webhooks requires 24 to 64 bytes. */
const LENGTH = 44;
/** Characters that Secrets Manager would use and Base64 does not have. */
const NOT_BASE64 = '!"#$%&\'()*,-.:;<=>?@[\\]^_`{|}~';

/**
 * A key shared with an outside party, generated at the first deployment: JSON, `{"current": "<base64>"}`. Rotation has two steps, so
 * that both sides need not switch at the same moment: an operator stores the new key as `current` and the old one as `previous`.
 * When the other side uses the new key, the operator removes `previous`.
 */
export class SharedKey extends Secret {
  constructor(scope: Construct, id: string, { of }: { readonly of: string }) {
    super(scope, id, {
      description: `${of}: {"current": key, "previous": key while both are valid}, base64`,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'current',
        passwordLength: LENGTH,
        excludeCharacters: NOT_BASE64,
        requireEachIncludedType: false,
      },
      removalPolicy: StageStack.of(scope).deploymentStage.removalPolicy,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'An outside party holds the key too. Automatic rotation would invalidate every signature.',
    });
  }
}
