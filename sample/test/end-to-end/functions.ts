import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { serviceOf } from '../../../deployed/discover';
import { listMappings } from '../../../deployed/mappings';
import { type Deployed, until } from './deployed';
import { untilQueuesIdle } from './messages';

/** Does something while consumers receive no messages. They receive again afterwards, even after a failure. */
export async function whileStopped<Result>(
  deployed: Deployed,
  consumers: readonly string[],
  during: () => Promise<Result>,
): Promise<Result> {
  try {
    await setReading(deployed, consumers, false);
    return await during();
  } finally {
    await setReading(deployed, consumers, true);
  }
}

/**
 * Does something while a function has other environment variables. It has its own again afterwards, even after a failure. Waits for a
 * consumer's messages before each change: the emulator kills the processes of the function, and their messages return after minutes.
 */
export async function withEnvironment<Result>(
  deployed: Deployed,
  name: string,
  changes: Readonly<Record<string, string>>,
  during: () => Promise<Result>,
): Promise<Result> {
  const [service, part] = name.split('.');
  const consumers = deployed.deployment.services.find((one) => one.service === service)?.subscriptions ?? [];
  const queues = consumers.filter((one) => one.name === part).map(({ queue }) => queue);
  const untilIdle = async () => {
    if (queues.length > 0) await untilQueuesIdle(deployed, ...queues);
  };
  await untilIdle();
  const before = await setEnvironment(deployed, name, changes);
  try {
    return await during();
  } finally {
    await untilIdle().finally(() => setEnvironment(deployed, name, before));
  }
}

/** Enables or disables the event source mappings of consumers, and waits until Lambda has done it. */
export async function setReading(deployed: Deployed, consumers: readonly string[], Enabled: boolean): Promise<void> {
  await updateMappings(deployed, consumers, { Enabled });
  const state = Enabled ? 'Enabled' : 'Disabled';
  for (const consumer of consumers) {
    await until(`the mapping of ${consumer} is ${state}`, async () =>
      (await listMappings(deployed.deployment, functionOf(deployed, consumer))).every(({ State }) => State === state),
    );
  }
}

/** Sets the maximum batch size of consumers. */
export function setBatchSize(deployed: Deployed, consumers: readonly string[], BatchSize: number): Promise<void> {
  return updateMappings(deployed, consumers, { BatchSize });
}

async function updateMappings(
  deployed: Deployed,
  consumers: readonly string[],
  change: Omit<UpdateEventSourceMappingCommandInput, 'UUID'>,
): Promise<void> {
  const client = deployed.deployment.clients.of(LambdaClient);
  for (const consumer of consumers) {
    for (const { UUID } of await listMappings(deployed.deployment, functionOf(deployed, consumer))) {
      await client.send(new UpdateEventSourceMappingCommand({ ...change, UUID }));
    }
  }
}

/**
 * Changes environment variables of a consumer or of a scheduled function.
 *
 * @returns the previous values, to restore them
 */
export async function setEnvironment(
  deployed: Deployed,
  name: string,
  changes: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const client = deployed.deployment.clients.of(LambdaClient);
  const FunctionName = functionOf(deployed, name);
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const before = Environment?.Variables ?? {};
  const Variables = { ...before, ...changes };
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await until(`${name} has its new settings`, async () => {
    const { LastUpdateStatus } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return LastUpdateStatus !== 'InProgress';
  });
  return before;
}

/** Returns the physical name of a function: of a consumer, a scheduled function, or a relay, e.g. `orders.relay`. */
export function functionOf({ deployment }: Deployed, name: string): string {
  const [service = '', part] = name.split('.');
  const { relay, subscriptions, schedules = [] } = serviceOf(deployment, service);
  if (part === 'relay') return relay.function;
  const found = [...subscriptions, ...schedules].find((one) => one.name === part);
  if (found === undefined) throw new Error(`There is no function ${name}.`);
  return found.function;
}
