import { awsJson, lightService } from './service';

const secretsManager = lightService({
  name: 'secretsmanager',
  id: 'SECRETS_MANAGER',
  protocol: awsJson('1.1', 'secretsmanager'),
});

export const SecretsManagerClient = secretsManager.Client;
export const GetSecretValueCommand = secretsManager.command('GetSecretValue');
