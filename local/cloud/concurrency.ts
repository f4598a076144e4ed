import { availableParallelism } from 'node:os';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { clientOf } from '../../deployed/clients';
import type { Deployment } from '../../deployed/discover';
import { listMappings } from './health';

/** SQS mappings take no less. */
const LEAST = 2;

/**
 * Caps every queue's concurrency at the number of this machine's cores. On AWS each batch has a machine of its own; here it
 * has a process of 75 MB, and more of them than there are cores only get in each other's way: on two cores, 200 orders took
 * 22 s and 58 processes with the stacks' own caps, 11 s and 39 processes with these.
 */
export async function capConcurrency({ endpoint }: Deployment): Promise<void> {
  const cap = Math.max(LEAST, availableParallelism());
  const client = clientOf(LambdaClient, endpoint);
  const mappings = await listMappings(endpoint);
  const queues = mappings.filter(({ ScalingConfig }) => (ScalingConfig?.MaximumConcurrency ?? 0) > cap);
  await Promise.all(
    queues.map(({ UUID }) =>
      client.send(new UpdateEventSourceMappingCommand({ UUID, ScalingConfig: { MaximumConcurrency: cap } })),
    ),
  );
}
