import type { Endpoint } from '../../../lambdas/runtime/declare/declaration';
import type { Manifest } from '../manifest';
import type { ServiceFunction } from './service-function';

/** What receives a service's HTTP requests. */
export interface HttpFront {
  /** The URL of the service, without a trailing slash. */
  readonly url: string;
  readonly manifest: NonNullable<Manifest['api']>;
  /** Adds an endpoint's route. */
  route(endpoint: Pick<Endpoint, 'route' | 'authorization'>, handler: ServiceFunction): void;
}

/** A service behind the HTTP door of the local cloud, which finds routes and functions in the manifest: nothing is deployed for it. */
export class DoorFront implements HttpFront {
  readonly url: string;

  /** @param door the door's URL */
  constructor(door: string, service: string) {
    this.url = `${door}/${service}`;
  }

  get manifest(): HttpFront['manifest'] {
    return { url: this.url };
  }

  route(): void {}
}
