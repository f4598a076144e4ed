import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import type { Manifest } from '../lib/broker/manifest';
import type { Deployment } from './discover';

/** Returns the event source mappings of the account, or of one function. */
export async function listMappings(
  { clients }: Pick<Deployment, 'clients'>,
  functionName?: string,
): Promise<EventSourceMappingConfiguration[]> {
  const client = clients.of(LambdaClient);
  const mappings: EventSourceMappingConfiguration[] = [];
  for await (const page of paginateListEventSourceMappings({ client }, { FunctionName: functionName }))
    mappings.push(...(page.EventSourceMappings ?? []));
  return mappings;
}

/** Returns the name of the function that a mapping invokes. */
export function functionOf({ FunctionArn }: EventSourceMappingConfiguration): string | undefined {
  return FunctionArn?.split(':').at(6);
}

/** Returns the functions of a service that have an event source mapping: the relay and all subscriptions. */
export function mappedFunctions({ relay, subscriptions }: Manifest): string[] {
  return [relay.function, ...subscriptions.map((one) => one.function)];
}
