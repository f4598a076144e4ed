import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { clientSettings } from '../../local/environment';
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
  deployed: Deployed,
  consumers: readonly string[],
  change: Omit<UpdateEventSourceMappingCommandInput, 'UUID'>,
): Promise<void> {
  await withClient(deployed, async (client) => {
    for (const consumer of consumers) {
      const FunctionName = subscriptionOf(deployed, consumer).function;
      for await (const page of paginateListEventSourceMappings({ client }, { FunctionName })) {
        for (const { UUID } of page.EventSourceMappings ?? []) {
          await client.send(new UpdateEventSourceMappingCommand({ ...change, UUID }));
        }
      }
    }
  });
}

/** Changes settings of a consumer's function. @returns how they were, to be put back */
export function setEnvironment(
  deployed: Deployed,
  consumer: string,
  changes: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const FunctionName = subscriptionOf(deployed, consumer).function;
  return withClient(deployed, async (client) => {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const before = Environment?.Variables ?? {};
    const Variables = { ...before, ...changes };
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    return before;
  });
}

async function withClient<T>({ deployment }: Deployed, work: (client: LambdaClient) => Promise<T>): Promise<T> {
  const client = new LambdaClient(clientSettings(deployment.endpoint));
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
