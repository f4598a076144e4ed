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

/** Enables or disables the event source mappings of consumers. */
export function setReading(deployed: Deployed, consumers: readonly string[], Enabled: boolean): Promise<void> {
  return updateMappings(deployed, consumers, { Enabled });
}

/** Sets the maximum batch size of consumers. */
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

/** Changes environment variables of a consumer's function. @returns the previous values, to restore them */
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
