import { text } from 'node:stream/consumers';
import { DescribeSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Failure, UsageError } from '../../cli/failure';
import { formatTable } from '../../cli/table';
import type { Deployment } from '../../deployed/discover';
import { defineCommand } from '../command';

export const secrets = defineCommand({
  name: 'secrets',
  summary: 'Lists the secrets of all services; never their values.',
  options: {},
  examples: ['secrets', 'secrets --stage prod'],
  run: async (_, { deployment }) => {
    const client = deployment.clients.of(SecretsManagerClient);
    const all = await Promise.all(
      secretsOf(deployment).map(async ({ name, arn }) => {
        const { LastChangedDate } = await client.send(new DescribeSecretCommand({ SecretId: arn }));
        return { name, arn, changed: LastChangedDate?.toISOString() };
      }),
    );
    const rows = all.map(({ name, changed = '-', arn }) => [name, changed, arn]);
    return {
      text: rows.length === 0 ? 'No service has a secret.' : formatTable(['secret', 'changed', 'ARN'], rows),
      json: { secrets: all },
    };
  },
});

export const secretsSet = defineCommand({
  name: 'secrets set',
  summary: 'Sets a secret to the JSON on standard input, without a deployment.',
  details:
    'Functions use the new value within five minutes, because they cache it for that long. A later deployment does not change it back.\n' +
    'The value is read from standard input, so that it is in no history of a shell and in no list of processes.',
  words: 'service.secret',
  options: {},
  examples: ['secrets set payments.webhook-signing --stage prod < signing.json'],
  run: async ({ words: [name, ...more] }, { deployment, note }) => {
    if (name === undefined || more.length > 0) throw new UsageError('secrets set needs one <service>.<secret>.');
    const found = secretsOf(deployment).find((one) => one.name === name);
    if (found === undefined) {
      const names = secretsOf(deployment).map((one) => one.name);
      throw new Failure(
        `There is no secret ${name}: ${names.length > 0 ? `choose ${names.join(' or ')}` : 'no service has one'}.`,
      );
    }
    if (process.stdin.isTTY) note('Enter the value as JSON, then Ctrl-D.');
    const value = (await text(process.stdin)).trim();
    requireJson(value);
    const client = deployment.clients.of(SecretsManagerClient);
    await client.send(new PutSecretValueCommand({ SecretId: found.arn, SecretString: value }));
    return { text: `Set ${name}. Functions use the new value within five minutes.`, json: { secret: name } };
  },
});

function secretsOf({ services }: Deployment) {
  return services
    .flatMap(({ service, secrets: own = {} }) =>
      Object.entries(own).map(([name, arn]) => ({ name: `${service}.${name}`, arn })),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The message does not quote the value, because it is secret. */
function requireJson(value: string): void {
  try {
    JSON.parse(value);
  } catch {
    throw new Failure(
      'The value on standard input is not JSON, which functions parse: for example {"key":"…"}. Nothing was changed.',
    );
  }
}
