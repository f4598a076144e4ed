import type { Deployment } from '../deployed/discover';
import type { Manifest } from '../lib/broker/manifest';
import type { MapFunction, MapService } from './map-service';

export type { MapFunction, MapService } from './map-service';

/** A contract, its publisher and one of its subscriptions. */
export interface MapEdge {
  /** `orders.OrderCreated` */
  readonly contract: string;
  /** Service. */
  readonly from: string;
  /** Subscription, e.g. `inventory.reserve-stock`. Undefined if no service of this system subscribes. */
  readonly to?: string;
}

/** A deployed system as its manifests declare it. */
export interface SystemMap {
  readonly stage: string;
  readonly bus: string;
  readonly services: readonly MapService[];
  readonly edges: readonly MapEdge[];
}

/** Returns the map of a deployed system from its manifests, without any call. */
export function systemMap({ stage, broker, services }: Pick<Deployment, 'stage' | 'broker' | 'services'>): SystemMap {
  const all = services.map((manifest) => ({
    service: manifest.service,
    functions: functionsOf(manifest),
    tables: Object.keys(manifest.tables),
    ...(manifest.api && { url: manifest.api.url }),
  }));
  const functions = all.flatMap((one) => one.functions);
  const published = [...new Set(functions.flatMap(({ emits }) => emits))];
  const received = [...new Set(functions.flatMap(({ to }) => to))];
  const edges = [...new Set([...published, ...received])].sort().flatMap((contract): MapEdge[] => {
    const from = contract.slice(0, contract.lastIndexOf('.'));
    const subscribers = functions.filter(({ to }) => to.includes(contract));
    return subscribers.length === 0
      ? [{ contract, from }]
      : subscribers.map(({ name: to }) => ({ contract, from, to }));
  });
  return { stage, bus: broker.bus.name, services: all, edges };
}

/** Returns all functions in a manifest, except deploy tasks, which manifests do not name. */
export function functionsOf({ service, relay, subscriptions, endpoints, schedules = [] }: Manifest): MapFunction[] {
  const common = { to: [], emits: [], uses: [], dependencies: [] };
  const named = (name: string) => ({ name: `${service}.${name}`, file: `lambdas/${service}/${name}.ts` });
  return [
    ...endpoints.map((one): MapFunction => ({ kind: 'endpoint', ...common, ...one, ...named(one.name) })),
    ...subscriptions.map((one): MapFunction => ({ kind: 'subscription', ...one, ...named(one.name) })),
    ...schedules.map((one): MapFunction => ({ kind: 'schedule', ...common, ...one, ...named(one.name) })),
    { kind: 'relay', ...common, ...relay, ...named('relay'), file: 'lambdas/runtime/outbox-relay.ts' },
  ];
}
