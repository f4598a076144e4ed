import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../cli/project';

/**
 * The files that decide whether a message is lost, processed twice or stuck, each with the tests that must notice every change of
 * it. Few tests make each mutant fast.
 */
const targets: Readonly<Record<string, string>> = {
  'lambdas/runtime/consume/process-message.ts':
    'test/unit/{consume/*,adapters/early-loads,runtime/{consume,parking,spans}}.test.ts',
  'lambdas/runtime/consume/recover.ts': 'test/unit/{consume/recover,adapters/retries,runtime/consume}.test.ts',
  'lambdas/runtime/http/accept.ts': 'test/unit/runtime/accept*.test.ts',
  'lambdas/runtime/http/earlier-answer.ts': 'test/unit/runtime/accept*.test.ts',
  'lambdas/runtime/outbox-relay.ts': 'test/unit/runtime/{outbox*,publish,aws-publisher}.test.ts',
  'lambdas/runtime/process/draw.ts': 'test/unit/process/*.test.ts',
  'lambdas/runtime/process/facts.ts': 'test/unit/process/*.test.ts',
  'lambdas/runtime/process/process.ts': 'test/unit/process/*.test.ts',
  'lambdas/runtime/publish/publish.ts': 'test/unit/runtime/{publish,channels,aws-publisher}.test.ts',
  'lambdas/runtime/store/dynamodb-store.ts': 'test/unit/runtime/{dynamodb-*,batch-loads}.test.ts',
  'lambdas/runtime/store/statements.ts': 'test/unit/runtime/dynamodb-*.test.ts',
  'lambdas/runtime/work/commit.ts': 'test/unit/{runtime/{commit,unit-of-work,consume},consume/*}.test.ts',
  'lambdas/runtime/work/early-loads.ts': 'test/unit/adapters/early-loads.test.ts',
  'lambdas/runtime/work/group-commit.ts': 'test/unit/consume/group-commit*.test.ts',
  'lambdas/runtime/work/run-unit-of-work.ts':
    'test/unit/{runtime/{*unit-of-work,commit,consume,outgoing-calls,spans},adapters/early-loads,consume/*}.test.ts',
  'lambdas/runtime/work/unit-of-work.ts':
    'test/unit/{runtime/{unit-of-work,accept-inbox,outbox,fair-queues},consume/projection}.test.ts',
};

export function coreFiles(): string[] {
  return Object.keys(targets);
}

/** The processes of services: `lambdas/<service>/<name>-process.ts`. */
export function processFiles(): string[] {
  return readdirSync(path.join(ROOT, 'lambdas')).flatMap((service) =>
    readdirSync(path.join(ROOT, 'lambdas', service))
      .filter((name) => name.endsWith('-process.ts'))
      .map((name) => `lambdas/${service}/${name}`),
  );
}

/** Returns the tests of a file. A process is a table, whose tests are those of its service. */
export function testsOf(file: string): string {
  return targets[file] ?? `{lambdas,sample/test/unit}/${file.split('/')[1]}/**/{diagram,check-*,*-process}.test.ts`;
}
