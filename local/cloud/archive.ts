import { CreateArchiveCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { clientOf } from '../../deployed/clients';
import type { Deployment } from '../../deployed/discover';
import { parameterNames } from '../../lib/broker/manifest';

const ARCHIVE = 'event-broker-local';

/** As long as on AWS. */
const RETENTION_DAYS = 7;

/**
 * Gives the bus an archive, and names it in the broker's manifest. On AWS the broker's stack does both; the emulator has
 * archives, but its CloudFormation can't create them.
 */
export async function createArchive({ endpoint, stage, broker }: Deployment): Promise<void> {
  const archive = { ArchiveName: ARCHIVE, EventSourceArn: broker.bus.arn, RetentionDays: RETENTION_DAYS };
  const events = clientOf(EventBridgeClient, endpoint);
  await events.send(new CreateArchiveCommand(archive)).catch((error: unknown) => {
    // There from an earlier deployment to the same emulator.
    if (!(error instanceof Error && error.name === 'ResourceAlreadyExistsException')) throw error;
  });

  const ssm = clientOf(SSMClient, endpoint);
  const manifest = { ...broker, archive: ARCHIVE };
  await ssm.send(
    new PutParameterCommand({
      Name: parameterNames.brokerManifest(stage),
      Value: JSON.stringify(manifest),
      Overwrite: true,
    }),
  );
}
