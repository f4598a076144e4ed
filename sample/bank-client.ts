import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { apiUrl, type Deployment, serviceOf } from '../deployed/discover';
import type { BankSimulation } from '../lambdas/payment-provider/simulation';
import type { SigningSecrets } from '../lambdas/runtime/webhooks/webhook';

/** Sets the bank's simulation for all requests. @param simulation defaults to normal behaviour */
export async function simulate(deployment: Deployment, simulation: BankSimulation = {}): Promise<void> {
  await askBank(deployment, 'PUT', '/simulation', simulation);
}

/** Returns a secret that the bank shares with its merchants. */
export async function bankSecret(deployment: Deployment, name: 'key' | 'signing'): Promise<SigningSecrets> {
  const client = deployment.clients.of(SecretsManagerClient);
  const { secrets = {} } = serviceOf(deployment, 'payment-provider');
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secrets[name] }));
  return JSON.parse(SecretString ?? '') as SigningSecrets;
}

/** Makes a call of the bank's API with the merchant's key. @throws Error when the bank answers with an error */
export async function askBank(
  deployment: Deployment,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const { current } = await bankSecret(deployment, 'key');
  const response = await fetch(`${apiUrl(deployment, 'payment-provider')}${path}`, {
    method,
    headers: { authorization: `Bearer ${current}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
