import { type Deployment, discover, type Location } from '../../deployed/discover';

/** The environment variable with the stage under test, as JSON: set by the command, read by the tests. */
const STAGE = 'STAGE_UNDER_TEST';

export function publishStage(location: Location): void {
  process.env[STAGE] = JSON.stringify(location);
}

/** Returns the location of the stage under test. Undefined if the tests start their own clouds. */
export function stageUnderTest(): Location | undefined {
  const text = process.env[STAGE];
  return text === undefined ? undefined : (JSON.parse(text) as Location);
}

/** Reads the manifests of the stage under test. */
export function discoverStage(): Promise<Deployment> {
  const location = stageUnderTest();
  if (location === undefined) throw new Error('No stage is under test: run npm run test:stage -- --stage <stage>.');
  return discover(location);
}
