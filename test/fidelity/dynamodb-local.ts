import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Lifetime } from '../../cli/lifetime';
import { startServer } from './server';

/** The environment variable that names `DynamoDBLocal.jar`. */
const VARIABLE = 'DYNAMODB_LOCAL_JAR';

/** Reads the path of DynamoDB Local's jar. Undefined if the environment names none. @throws Error when there is no such file */
export function dynamoDbLocalJar(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const jar = environment[VARIABLE];
  if (!jar || existsSync(jar)) return jar || undefined;
  throw new Error(`${VARIABLE} is ${jar}, which does not exist: set it to the path of DynamoDBLocal.jar.`);
}

/** Starts DynamoDB Local in memory, and stops it when the lifetime ends. @returns its endpoint @throws Error when it does not start */
export function startDynamoDbLocal(jar: string, lifetime: Lifetime): Promise<string> {
  const libraries = path.join(path.dirname(jar), 'DynamoDBLocal_lib');
  // DynamoDB Local, "Usage notes": its native libraries are beside the jar.
  const args = (port: number) => [
    `-Djava.library.path=${libraries}`,
    ...['-jar', jar, '-inMemory', '-sharedDb', '-port', String(port)],
  ];
  return startServer(
    { name: 'DynamoDB Local', command: 'java', args, path: '/', environment: { DDB_LOCAL_TELEMETRY: '0' } },
    lifetime,
  );
}
