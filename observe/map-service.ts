/** A service of a deployed system, and its functions. */
export interface MapService {
  readonly service: string;
  readonly functions: readonly MapFunction[];
  /** Logical names of its tables. */
  readonly tables: readonly string[];
  /** The URL of its HTTP API, if it has one. */
  readonly url?: string;
}

/** A function of a service. */
export interface MapFunction {
  readonly kind: 'subscription' | 'endpoint' | 'schedule' | 'relay';
  /** `inventory.reserve-stock` */
  readonly name: string;
  /** Its physical name. */
  readonly function: string;
  /** The file of its handler, relative to the project: `lambdas/inventory/reserve-stock.ts`. */
  readonly file: string;
  /** Contracts that it receives, as `owner.Name`. */
  readonly to: readonly string[];
  /** Contracts that it may publish, as `owner.Name`. */
  readonly emits: readonly string[];
  readonly uses: readonly string[];
  /** External systems that it calls through adapters. */
  readonly dependencies: readonly string[];
  /** Queue URLs. Only of subscriptions; a schedule and a relay have the second one. */
  readonly queue?: string;
  readonly deadLetterQueue?: string;
  /** `POST /orders` */
  readonly route?: string;
}
