import type { Runtime } from './runtime';

/** A Lambda handler that tests and the simulation can run with another runtime. */
export interface LambdaHandler<Input, Output, World extends Runtime = Runtime> {
  /** Lambda calls it with the event. */
  (input: Input): Promise<Output>;
  /** Runs the handler with the runtime that is passed. */
  readonly run: (input: Input, runtime: World) => Promise<Output>;
}

/**
 * Makes a Lambda handler.
 *
 * @param run the function's code
 * @param runtime returns the runtime on AWS. Called for each invocation, so it caches its result
 */
export function onLambda<Input, Output, World extends Runtime>(
  run: (input: Input, runtime: World) => Promise<Output>,
  runtime: () => World,
): LambdaHandler<Input, Output, World> {
  const handle = async (input: Input) => {
    const world = runtime();
    try {
      return await run(input, world);
    } finally {
      await world.spans?.flush();
    }
  };
  return Object.assign(handle, { run });
}
