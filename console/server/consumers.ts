import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { Failure } from '../../cli/failure';
import { type Deployment, serviceOf } from '../../deployed/discover';
import { listMappings } from '../../deployed/mappings';

/** Switches a consumer on or off: while off, its queue keeps its messages. @throws Failure when there is no such consumer */
export async function switchConsumer(deployment: Deployment, name: string, on: boolean): Promise<void> {
  const [service = '', subscription] = name.split('.');
  const found = serviceOf(deployment, service).subscriptions.find((one) => one.name === subscription);
  if (found === undefined) throw new Failure(`There is no consumer ${name}.`);
  const lambda = deployment.clients.of(LambdaClient);
  for (const { UUID } of await listMappings(deployment, found.function)) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: on }));
  }
}
