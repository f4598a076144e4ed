import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../cli/project';
import type { EventContract } from '../../contracts/core/contract';
import { apiUrl, type Deployment } from '../../deployed/discover';
import { LOCAL_STAGE } from '../../deployed/environment';
import { fullName } from '../../lib/broker/manifest';
import { reconcilersOf } from '../../observe/reconciliation';
import { systemMap } from '../../observe/system-map';
import type { SystemInfo } from '../api';
import type { ConsoleExtension } from '../extension';

/** Returns what does not change while the console runs, without secrets. */
export function systemInfo(
  deployment: Deployment,
  contracts: readonly EventContract[],
  extension: Partial<ConsoleExtension>,
  identity: string,
): SystemInfo {
  const { stage, endpoint, broker, journal } = deployment;
  const isLocal = stage === LOCAL_STAGE;
  const [, , , region = '', account = ''] = broker.bus.arn.split(':');
  const project = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return {
    stage,
    isLocal,
    place: endpoint ?? `AWS account ${account}`,
    region,
    identity,
    bus: broker.bus.name,
    hasJournal: journal !== undefined,
    versions: { [project.name]: project.version, 'Node.js': process.versions.node },
    channels: Object.fromEntries(contracts.map((contract) => [fullName(contract), contract.channel])),
    services: systemMap(deployment)
      .services.map((one) => ({ ...one, ...(one.url && { url: apiUrl(deployment, one.service) }) }))
      .sort((a, b) => (a.service < b.service ? -1 : 1)),
    reconcilers: reconcilersOf(deployment).map(({ service }) => service),
    traffic: stage === 'prod' ? [] : (extension.traffic ?? []).map(described),
  };
}

function described<One extends { id: string; label: string; description: string }>({ id, label, description }: One) {
  return { id, label, description };
}
