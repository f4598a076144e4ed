import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { StageStack } from '../stage-stack';

/** 33 bytes in base64. Standard Webhooks asks for 24 to 64. */
const LENGTH = 44;
/** All that Secrets Manager may choose beside letters and digits, but for base64's own `+` and `/`. */
const NOT_BASE64 = '!"#$%&\'()*,-.:;<=>?@[\\]^_`{|}~';

/**
 * A key that is shared with others, made at random when the service is deployed first: JSON, `{"current": "<base64>"}`.
 * Rotation has two steps, so that nobody has to change at the same moment: an operator puts a new key in `current` and the old
 * one in `previous`; once everybody has the new one, `previous` goes.
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
      reason: 'Others hold the key too: rotating it without them would make every signature wrong.',
    });
  }
}
