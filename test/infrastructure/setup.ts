import { join } from 'node:path';
import { bundle } from '../../lib/broker/bundling/bundle';
import { ROOT, stages, synthesise } from './synthesis';

/** Synthesises the app for every stage: once, where test files that run side by side would each begin to. */
export default async function setup(): Promise<void> {
  // All functions, once: side by side, each stage would begin to.
  bundle(join(ROOT, 'lambdas', 'runtime', 'outbox-relay.ts'));
  await Promise.all(stages.map(synthesise));
}
