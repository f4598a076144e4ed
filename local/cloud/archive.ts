import { CreateArchiveCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Deployment } from '../../deployed/discover';
import { parameterNames } from '../../lib/broker/manifest';

const ARCHIVE = 'event-broker-local';

/** The same retention as on AWS. */
const RETENTION_DAYS = 7;

/**
 * Creates the bus's archive and adds it to the broker's manifest. On AWS the broker's stack does both. The emulator supports
 * archives, but not in CloudFormation.
 */
export async function createArchive({ clients, stage, broker }: Deployment): Promise<void> {
  const archive = { ArchiveName: ARCHIVE, EventSourceArn: broker.bus.arn, RetentionDays: RETENTION_DAYS };
  await clients
    .of(EventBridgeClient)
    .send(new CreateArchiveCommand(archive))
    .catch((error: unknown) => {
      // Created by an earlier deployment to the same emulator.
      if (!(error instanceof Error && error.name === 'ResourceAlreadyExistsException')) throw error;
    });
  await clients.of(SSMClient).send(
    new PutParameterCommand({
      Name: parameterNames.brokerManifest(stage),
      Value: JSON.stringify({ ...broker, archive: ARCHIVE }),
      Overwrite: true,
    }),
  );
}
