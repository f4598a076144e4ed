import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { listMappings } from '../../../deployed/mappings';
import type { Deployed } from './deployed';
import { subscriptionOf } from './messages';

/** Has consumers read their queues, or leave what comes where it is. */
export function setReading(deployed: Deployed, consumers: readonly string[], Enabled: boolean): Promise<void> {
  return updateMappings(deployed, consumers, { Enabled });
}

/** Sets how many messages consumers are given at most at once. */
export function setBatchSize(deployed: Deployed, consumers: readonly string[], BatchSize: number): Promise<void> {
  return updateMappings(deployed, consumers, { BatchSize });
}

async function updateMappings(
  { deployment }: Deployed,
  consumers: readonly string[],
  change: Omit<UpdateEventSourceMappingCommandInput, 'UUID'>,
): Promise<void> {
  const client = deployment.clients.of(LambdaClient);
  for (const consumer of consumers) {
    const FunctionName = subscriptionOf({ deployment }, consumer).function;
    for (const { UUID } of await listMappings(deployment, FunctionName)) {
      await client.send(new UpdateEventSourceMappingCommand({ ...change, UUID }));
    }
  }
}

/** Changes settings of a consumer's function. @returns how they were, to be put back */
export async function setEnvironment(
  { deployment }: Deployed,
  consumer: string,
  changes: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const client = deployment.clients.of(LambdaClient);
  const FunctionName = subscriptionOf({ deployment }, consumer).function;
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const before = Environment?.Variables ?? {};
  const Variables = { ...before, ...changes };
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  return before;
}
