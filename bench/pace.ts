import type { Pace } from '../test/simulation/conditions';
import type { Roll } from '../test/simulation/random';
import { INVOCATION_MS, latencies, MESSAGE_MS, OTHER_CALL_MS, OUTSIDE_CALL_MS } from './latency';

/** The first words of a simulated call's name, and the call of AWS or of an outside system. */
const CALLS: readonly (readonly [RegExp, string])[] = [
  [/^write /, 'TransactWriteItems'],
  [/^read /, 'BatchGetItem'],
  [/^query /, 'Query'],
  [/^PutEvents/, 'PutEvents'],
  [/^PublishBatch/, 'PublishBatch'],
  [/^(?:SQS|SendMessage)/, 'SendMessage'],
  [/^CreateSchedule/, 'CreateSchedule'],
];
const OUTSIDE = /^(?:GET|POST|post|webhook) /;
/** Of latencies: the 99th percentile is 3.2 times the median, as DynamoDB's tables show it in CloudWatch. */
const SPREAD = 0.5;
/** `bench -- coldstart` measures half of it. Lambda downloads and starts the sandbox in the other half. */
const COLD_START_MS = 400;

/** Durations like those of AWS, log-normal around the medians of latency.ts. */
export const awsPace: Pace = {
  call: (_by, name, roll) => median(name) * Math.exp(SPREAD * normal(roll)),
  coldStart: COLD_START_MS,
  invocation: (messages) => INVOCATION_MS + messages * MESSAGE_MS,
  // Five pollers, each of which receives for 20 ms and more (Lambda Developer Guide, "Using Lambda with Amazon SQS").
  receive: 5,
  // Lambda reads each shard four times a second (Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB").
  read: 125,
};

function median(name: string): number {
  if (OUTSIDE.test(name)) return OUTSIDE_CALL_MS;
  const call = CALLS.find(([pattern]) => pattern.test(name))?.[1];
  return (call && latencies[call]) || OTHER_CALL_MS;
}

/** A normally distributed number (Box–Muller). */
function normal(roll: Roll): number {
  return Math.sqrt(-2 * Math.log(1 - roll.number(3))) * Math.cos(2 * Math.PI * roll.number(4));
}
