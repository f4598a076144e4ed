import { awsRuntime } from './aws/aws-runtime';
import type { Runtime } from './runtime';

/** A Lambda handler that a test or the simulation can run in a world of its own. */
export interface LambdaHandler<Input, Output> {
  (input: Input): Promise<Output>;
  readonly run: (input: Input, runtime: Runtime) => Promise<Output>;
}

/**
 * Makes a Lambda handler of a function of its input and its runtime.
 *
 * @param runtime what `run` gets on Lambda. @default the AWS runtime
 */
export function onLambda<Input, Output>(
  run: (input: Input, runtime: Runtime) => Promise<Output>,
  runtime: () => Runtime = awsRuntime,
): LambdaHandler<Input, Output> {
  return Object.assign((input: Input) => run(input, runtime()), { run });
}
