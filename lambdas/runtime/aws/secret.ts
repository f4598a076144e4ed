import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Secret } from '../declare/declaration';
import { once } from './once';
import { sdkClient } from './sdk-client';
import { setting, variables } from './settings';

/** How long a value is cached: after a rotation, functions use the old value for this long. */
const KEPT_MILLISECONDS = 5 * 60 * 1_000;

interface Kept {
  readonly value: Promise<unknown>;
  readonly until: number;
}

const kept = new Map<string, Kept>();
const client = once(() => sdkClient(SecretsManagerClient));

/**
 * Reads one of the service's declared secrets and parses the JSON in it. Cached for five minutes.
 *
 * Not `@aws-lambda-powertools/parameters`: it caches no running request, so each message of a first batch would send its own.
 *
 * @param secret a declared secret, which the function's declaration lists in `secrets`
 * @param now milliseconds since 1970. Default: the system's clock
 * @throws Error when the secret cannot be read or is not JSON. The next call tries again
 */
export async function readSecret<Value>({ name }: Pick<Secret, 'name'>, now = Date.now()): Promise<Value> {
  const known = kept.get(name);
  if (known && now < known.until) return (await known.value) as Value;
  const value = fetchSecret(setting(variables.secret(name)));
  kept.set(name, { value, until: now + KEPT_MILLISECONDS });
  value.catch(() => kept.delete(name));
  return (await value) as Value;
}

async function fetchSecret(id: string): Promise<unknown> {
  const { SecretString } = await client().send(new GetSecretValueCommand({ SecretId: id }));
  return JSON.parse(SecretString ?? '');
}
