import { type SdkClient, withoutLog } from '../lambdas/runtime/aws/sdk-client';
import { clientSettings } from './environment';

type ClientSettings = ReturnType<typeof clientSettings>;

/** The SDK clients of one endpoint. Each is created once, because creating a client takes as long as several calls. */
export class SdkClients {
  readonly settings: ClientSettings;
  readonly #clients = new Map<unknown, SdkClient>();

  /**
   * @param endpoint - the emulator's; undefined for AWS with the user's own credentials
   * @param region - on AWS. @default the region of the environment
   */
  constructor(endpoint: string | undefined, region?: string) {
    this.settings = clientSettings(endpoint, region);
  }

  /**
   * @example
   * deployment.clients.of(SQSClient).send(new ListQueuesCommand({}))
   */
  of<Client extends SdkClient>(Class: new (settings: ClientSettings) => Client): Client {
    const known = this.#clients.get(Class);
    if (known instanceof Class) return known;
    const client = withoutLog(new Class(this.settings));
    this.#clients.set(Class, client);
    return client;
  }
}
