import { join } from 'node:path';
import { bundle } from '../../lib/broker/bundling/bundle';
import { ROOT, stages, synthesise } from './synthesis';

/** Synthesises the app for every stage once, because parallel test files would each start to. */
export default async function setup(): Promise<void> {
  // Bundles all functions once, because parallel stages would each start to.
  bundle(join(ROOT, 'lambdas', 'runtime', 'outbox-relay.ts'));
  await Promise.all(stages.map((stage) => synthesise(stage)));
}
