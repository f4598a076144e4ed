import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Failure } from '../cli/failure';
import { type BrokerManifest, type Manifest, parameterNames } from '../lib/broker/manifest';
import { clientOf } from './clients';
import { STAGE } from './environment';

/** A deployed system, as its own manifests describe it. */
export interface Deployment {
  /** The emulator's address; undefined on AWS. */
  readonly endpoint: string | undefined;
  readonly stage: string;
  readonly broker: BrokerManifest;
  readonly services: readonly Manifest[];
}

/**
 * Reads the manifests of the broker and of every service.
 *
 * @param endpoint - the emulator; on AWS, with the user's own credentials, when undefined
 * @throws Failure when nothing is deployed
 */
export async function discover(endpoint: string | undefined, stage: string = STAGE): Promise<Deployment> {
  const ssm = clientOf(SSMClient, endpoint);
  const [broker, services] = await Promise.all([readBroker(ssm, stage), readServices(ssm, stage)]);
  if (broker === undefined) throw new Failure(`Nothing is deployed for stage ${stage} at ${endpoint ?? 'AWS'}.`);
  return { endpoint, stage, broker, services };
}

/** @throws Failure when the deployment has no such service */
export function serviceOf(deployment: Deployment, name: string): Manifest {
  const service = deployment.services.find((one) => one.service === name);
  if (service === undefined) throw new Failure(`The service ${name} is not deployed for stage ${deployment.stage}.`);
  return service;
}

/** Where a service's HTTP API is. @throws Failure when it has none */
export function apiUrl(deployment: Deployment, name: string): string {
  const { api } = serviceOf(deployment, name);
  if (api === undefined) throw new Failure(`The service ${name} has no HTTP API.`);
  // The host names that AWS gives to APIs don't resolve to an emulator.
  if (deployment.endpoint !== undefined) return `${deployment.endpoint}/_aws/execute-api/${api.id}`;
  return api.url.replace(/\/+$/, '');
}

async function readBroker(ssm: SSMClient, stage: string): Promise<BrokerManifest | undefined> {
  const name = parameterNames.brokerManifest(stage);
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter?.Value === undefined ? undefined : (JSON.parse(Parameter.Value) as BrokerManifest);
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}

async function readServices(ssm: SSMClient, stage: string): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  let token: string | undefined;
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({ Path: parameterNames.manifests(stage), NextToken: token }),
    );
    for (const { Value } of page.Parameters ?? []) manifests.push(JSON.parse(Value ?? '') as Manifest);
    token = page.NextToken;
  } while (token !== undefined);
  return manifests;
}
