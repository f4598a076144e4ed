import type { Runtime } from './runtime';

/** A Lambda handler that tests and the simulation can run with another runtime. */
export interface LambdaHandler<Input, Output, World extends Runtime = Runtime> {
  (input: Input): Promise<Output>;
  readonly run: (input: Input, runtime: World) => Promise<Output>;
}

/** Makes a Lambda handler of a function of its input and its runtime. */
export function onLambda<Input, Output, World extends Runtime>(
  run: (input: Input, runtime: World) => Promise<Output>,
  runtime: () => World,
): LambdaHandler<Input, Output, World> {
  return Object.assign((input: Input) => run(input, runtime()), { run });
}
