import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Failure } from '../cli/failure';
import { type BrokerManifest, type JournalManifest, type Manifest, parameterNames } from '../lib/broker/manifest';
import { SdkClients } from './clients';
import { LOCAL_STAGE } from './environment';

/** A deployed system, as described by its manifests. */
export interface Deployment {
  /** The emulator's address; undefined on AWS. */
  readonly endpoint: string | undefined;
  readonly stage: string;
  readonly broker: BrokerManifest;
  readonly services: readonly Manifest[];
  /** Undefined when the journal is not deployed. */
  readonly journal?: JournalManifest;
  readonly clients: SdkClients;
}

/** The location of a deployed system. */
export interface Location {
  readonly stage: string;
  /** The emulator's address; undefined for AWS with the user's own credentials. */
  readonly endpoint: string | undefined;
  /** The region on AWS. @default the region of the environment */
  readonly region?: string;
}

/** No broker's manifest exists at the location. */
export class NothingDeployed extends Failure {
  constructor({ stage, endpoint, region }: Location) {
    super(`Nothing is deployed for stage ${stage} at ${endpoint ?? `AWS${region ? ` in ${region}` : ''}`}.`);
  }
}

/** The manifest of a journal, which an earlier version may have written. */
type EarlierJournal = Omit<JournalManifest, 'windowSeconds'> & Partial<Pick<JournalManifest, 'windowSeconds'>>;

const EARLIER_WINDOW_SECONDS = 2;

/** Reads the manifests of the broker and of all services. @throws NothingDeployed */
export async function discover(location: Location): Promise<Deployment> {
  const { endpoint, stage, region } = location;
  const clients = new SdkClients(endpoint, region);
  const ssm = clients.of(SSMClient);
  const [broker, journal, services] = await Promise.all([
    readManifest<BrokerManifest>(ssm, parameterNames.brokerManifest(stage)),
    readManifest<EarlierJournal>(ssm, parameterNames.journalManifest(stage)),
    readServices(ssm, stage),
  ]);
  if (broker === undefined) throw new NothingDeployed(location);
  return {
    ...{ endpoint, stage, broker, services, clients },
    ...(journal && { journal: { windowSeconds: EARLIER_WINDOW_SECONDS, ...journal } }),
  };
}

/** Reads the manifests of stage `local` in an emulator. @throws NothingDeployed */
export function discoverLocal(endpoint: string): Promise<Deployment> {
  return discover({ stage: LOCAL_STAGE, endpoint });
}

/** @throws Failure when the service is not deployed */
export function serviceOf(deployment: Deployment, name: string): Manifest {
  const service = deployment.services.find((one) => one.service === name);
  if (service === undefined) throw new Failure(`The service ${name} is not deployed for stage ${deployment.stage}.`);
  return service;
}

/** Returns the physical name of a service's table. @throws Failure when the service has no table of this logical name */
export function tableOf(deployment: Deployment, service: string, name: string): string {
  const table = serviceOf(deployment, service).tables[name];
  if (table === undefined) throw new Failure(`The service ${service} has no table ${name}.`);
  return table;
}

/** Returns the URL of a service's HTTP API. @throws Failure when the service has none */
export function apiUrl(deployment: Deployment, name: string): string {
  const { api } = serviceOf(deployment, name);
  if (api === undefined) throw new Failure(`The service ${name} has no HTTP API.`);
  // An API's own host name does not resolve to the emulator.
  if (deployment.endpoint !== undefined && api.id !== undefined)
    return `${deployment.endpoint}/_aws/execute-api/${api.id}`;
  return api.url.replace(/\/+$/, '');
}

async function readManifest<Manifest>(ssm: SSMClient, name: string): Promise<Manifest | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter?.Value === undefined ? undefined : (JSON.parse(Parameter.Value) as Manifest);
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
