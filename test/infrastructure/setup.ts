import { stages, synthesise } from './synthesis';

/** Synthesises the app for every stage: once, where test files that run side by side would each begin to. */
export default async function setup(): Promise<void> {
  await Promise.all(stages.map(synthesise));
}
