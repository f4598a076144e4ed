import prepareTemplates from '../infrastructure/setup';
import { installEventRuler } from './event-ruler/event-ruler';
import { installPythonTools } from './python-tools';
import { type Missing, publishTools } from './tools';

/** Installs the tools and synthesises the app. Without a tool, its tests are skipped; with CI set, that is a failure. */
export default async function setup(): Promise<void> {
  const [python, ruler] = await Promise.all([installPythonTools(), installEventRuler(), prepareTemplates()]);
  const missing = [python, ruler].filter((one): one is Missing => 'reason' in one).map(({ reason }) => reason);
  if (missing.length > 0 && process.env.CI) throw new Error(missing.join('\n'));
  for (const reason of missing) console.error(`Skipped: ${reason}`);
  publishTools({
    python: 'python' in python ? python.python : undefined,
    ruler: 'classPath' in ruler ? ruler.classPath : undefined,
  });
}
