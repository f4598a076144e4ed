import { type SdkClient, withoutLog } from '../lambdas/runtime/aws/sdk-client';
import { clientSettings } from './environment';

const made = new Map<string, SdkClient>();

/**
 * The SDK's client of an emulator, or of AWS when there is no endpoint: the same for all who ask in this process, since making
 * one takes as long as several calls. It does not keep the process alive.
 */
export function clientOf<Client extends SdkClient>(
  Class: new (settings: ReturnType<typeof clientSettings>) => Client,
  endpoint: string | undefined,
): Client {
  const key = `${Class.name} ${endpoint ?? process.env.AWS_REGION}`;
  const known = made.get(key);
  if (known) return known as Client;
  const client = withoutLog(new Class(clientSettings(endpoint)));
  made.set(key, client);
  return client;
}
