import path from 'node:path';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { inParallel } from '../../cli/parallel';
import { type Deployment, serviceOf } from '../../deployed/discover';
import { listMappings } from '../../deployed/mappings';
import type { Fault } from '../api';
import type { FaultSwitch } from '../extension';
import { NotFound } from './not-found';

const SLOW = `--require=${path.join(__dirname, 'slow.cjs')}`;
const AT_ONCE = 5;

/** Returns the faults of every local cloud: a slow service each. The extension adds its own. */
export function coreFaults({ services }: Pick<Deployment, 'services'>): FaultSwitch[] {
  return services.map(({ service }) => ({
    id: `slow.${service}`,
    label: `${service} is slow`,
    description: 'Each call of its functions to a table, a queue or another system takes half a second longer.',
    isOn: async (deployment) => (await nodeOptions(deployment, consumersOf(deployment, service)[0])).includes(SLOW),
    apply: (deployment, on) =>
      inParallel(AT_ONCE, consumersOf(deployment, service), async (FunctionName) => {
        const lambda = deployment.clients.of(LambdaClient);
        const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
        const { NODE_OPTIONS = '', ...rest } = Environment?.Variables ?? {};
        const others = NODE_OPTIONS.split(' ').filter((one) => one !== '' && one !== SLOW);
        const options = on ? [...others, SLOW] : others;
        const Variables = { ...rest, ...(options.length > 0 && { NODE_OPTIONS: options.join(' ') }) };
        await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
      }),
  }));
}

/** Reads which faults are on. */
export async function readFaults(deployment: Deployment, faults: readonly FaultSwitch[]): Promise<Fault[]> {
  return Promise.all(
    faults.map(async (fault) => {
      const { id, label, description } = fault;
      return { id, label, description, isOn: await fault.isOn(deployment) };
    }),
  );
}

/** Switches a consumer on or off: while off, its queue keeps its messages. @throws NotFound when there is no such consumer */
export async function switchConsumer(deployment: Deployment, name: string, on: boolean): Promise<void> {
  const [service = '', subscription] = name.split('.');
  const found = serviceOf(deployment, service).subscriptions.find((one) => one.name === subscription);
  if (found === undefined) throw new NotFound(`There is no consumer ${name}.`);
  const lambda = deployment.clients.of(LambdaClient);
  for (const { UUID } of await listMappings(deployment, found.function)) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: on }));
  }
}

function consumersOf(deployment: Deployment, service: string): string[] {
  const { subscriptions, endpoints } = serviceOf(deployment, service);
  return [...subscriptions, ...endpoints].map((one) => one.function);
}

async function nodeOptions({ clients }: Deployment, FunctionName: string | undefined): Promise<string[]> {
  if (FunctionName === undefined) return [];
  const { Environment } = await clients.of(LambdaClient).send(new GetFunctionConfigurationCommand({ FunctionName }));
  return (Environment?.Variables?.NODE_OPTIONS ?? '').split(' ');
}
