import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * An answer that takes longer is no answer: without these limits one lost packet holds a function until its own time-out.
 * The SDK tries three times, so a call ends within ten seconds.
 */
const LIMITS = { requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 }, maxAttempts: 3 };

/** Another endpoint than the environment's. */
export type ClientSettings = Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>;

/** Any of the SDK's clients. */
export interface SdkClient {
  readonly middlewareStack: { remove(middleware: string): boolean };
}

/** A client of the SDK as every function has them. @param settings as the function's environment has them by default */
export function sdkClient<Client extends SdkClient>(
  Class: new (configuration: typeof LIMITS & ClientSettings) => Client,
  settings: ClientSettings = {},
): Client {
  return withoutLog(new Class({ ...LIMITS, ...settings }));
}

/**
 * Has a client not copy what goes out and comes in for a log that nobody reads: 5 % of a function's processor time, and 12 % of
 * what the end-to-end tests do themselves.
 */
export function withoutLog<Client extends SdkClient>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
