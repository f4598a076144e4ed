import { clientSettings } from './environment';

interface SdkClient {
  readonly middlewareStack: { remove(middleware: string): boolean };
}

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
  const client = new Class(clientSettings(endpoint));
  // It copies what goes out and comes in for a log that nobody reads: an eighth of what the end-to-end tests do themselves.
  client.middlewareStack.remove('loggerMiddleware');
  made.set(key, client);
  return client;
}
