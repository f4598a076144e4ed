import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Lifetime } from '../../cli/lifetime';
import { dynamoDbLocalJar, startDynamoDbLocal } from './dynamodb-local';
import { installedTools } from './tools';

const { ruler } = installedTools();

describe('DynamoDB Local', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dynamodb-local-'));
  const jar = path.join(folder, 'DynamoDBLocal.jar');
  const lifetime = new Lifetime();
  beforeAll(() => writeFileSync(jar, 'no jar'));
  afterAll(async () => {
    await lifetime.end();
    rmSync(folder, { recursive: true });
  });

  it('is not asked unless the environment names its jar', () => {
    expect(dynamoDbLocalJar({})).toBeUndefined();
    expect(dynamoDbLocalJar({ DYNAMODB_LOCAL_JAR: jar })).toBe(jar);
  });

  it('names a path that does not exist', () => {
    expect(() => dynamoDbLocalJar({ DYNAMODB_LOCAL_JAR: '/no/such.jar' })).toThrow(
      'DYNAMODB_LOCAL_JAR is /no/such.jar, which does not exist: set it to the path of DynamoDBLocal.jar.',
    );
  });

  // event-ruler needs Java too.
  (ruler ? it : it.skip)('says why it does not start', async () => {
    await expect(startDynamoDbLocal(jar, lifetime)).rejects.toThrow(/^DynamoDB Local did not start: .*jar/);
  });
});
