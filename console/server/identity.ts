import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { messageOf } from '../../cli/failure';
import type { Deployment } from '../../deployed/discover';

/** Returns the ARN of the operator whose credentials this process has, or why it is unknown. */
export async function readIdentity({ clients }: Pick<Deployment, 'clients'>): Promise<string> {
  try {
    const { Arn } = await clients.of(STSClient).send(new GetCallerIdentityCommand({}));
    return Arn ?? 'unknown';
  } catch (error) {
    return `unknown: ${messageOf(error)}`;
  }
}
