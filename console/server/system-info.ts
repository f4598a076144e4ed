import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../cli/project';
import { apiUrl, type Deployment } from '../../deployed/discover';
import { LOCAL_STAGE } from '../../deployed/environment';
import type { Manifest } from '../../lib/broker/manifest';
import type { ConsoleFunction, SystemInfo } from '../api';
import type { ConsoleExtension } from '../extension';

/** What does not change while the console runs, without secrets. */
export function systemInfo(deployment: Deployment, extension: Partial<ConsoleExtension>): SystemInfo {
  const { stage, endpoint, broker, services } = deployment;
  const isLocal = stage === LOCAL_STAGE;
  const project = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return {
    stage,
    isLocal,
    place: endpoint ?? broker.bus.arn.split(':').slice(3, 5).join(', account '),
    bus: broker.bus.name,
    versions: { [project.name]: project.version, 'Node.js': process.versions.node },
    services: services
      .map((manifest) => ({
        service: manifest.service,
        ...(manifest.api && { url: apiUrl(deployment, manifest.service) }),
        functions: functionsOf(manifest),
      }))
      .sort((a, b) => (a.service < b.service ? -1 : 1)),
    traffic: stage === 'prod' ? [] : (extension.traffic ?? []).map(described),
    faults: isLocal ? (extension.faults ?? []).map(described) : [],
  };
}

function described<One extends { id: string; label: string; description: string }>({ id, label, description }: One) {
  return { id, label, description };
}

function functionsOf({ service, endpoints, subscriptions, schedules = [] }: Manifest): ConsoleFunction[] {
  const named = (name: string) => ({ name: `${service}.${name}`, file: `lambdas/${service}/${name}.ts` });
  const plain = { to: [], dependencies: [] };
  return [
    ...endpoints.map(({ name, route, emits, uses }) => {
      return { ...plain, ...named(name), kind: 'endpoint' as const, route, emits, uses };
    }),
    ...subscriptions.map(({ name, to, emits, uses, dependencies }) => {
      return { ...named(name), kind: 'subscription' as const, to, emits, uses, dependencies };
    }),
    ...schedules.map(({ name, emits, uses }) => ({ ...plain, ...named(name), kind: 'schedule' as const, emits, uses })),
  ];
}
