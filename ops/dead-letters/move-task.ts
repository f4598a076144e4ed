import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelMessageMoveTaskCommand,
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { Failure } from '../../cli/failure';

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly perSecond: number;
  readonly onProgress: (moved: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** SQS's own limit (API reference, StartMessageMoveTask). */
const MAX_PER_SECOND = 500;
const LOOK_AGAIN_MS = 1_000;

/**
 * Has SQS move a whole dead-letter queue.
 *
 * It stops SQS once as many messages are moved as there were: what comes back meanwhile would go round for ever.
 *
 * @returns how many were moved; undefined where SQS is an emulator that cannot do it
 */
export async function moveAll(
  sqs: SQSClient,
  { from, to, perSecond, onProgress, signal }: Move,
): Promise<number | undefined> {
  const handle = await start(sqs, from, to, perSecond);
  if (handle === undefined) return undefined;
  const cancel = () => sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle })).catch(ignoreEnded);
  for (;;) {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: from, MaxResults: 1 }));
    const [task] = Results;
    const moved = task?.ApproximateNumberOfMessagesMoved ?? 0;
    const total = task?.ApproximateNumberOfMessagesToMove ?? 0;
    if (total > 0) onProgress(Math.min(moved, total), total);
    if (task?.Status === 'FAILED')
      throw new Failure(`SQS gave up after ${moved} of ${total} messages: ${task.FailureReason}.`);
    if (task?.Status === 'COMPLETED' || task?.Status === 'CANCELLED') return moved;
    if (signal.aborted || moved > total) await cancel();
    if (signal.aborted) return moved;
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}

/** What emulators answer to what they do not know. */
const UNKNOWN = /UnsupportedOperation|InvalidAction|UnknownOperation|NotImplemented|UnknownAction/;

async function start(sqs: SQSClient, from: string, to: string, perSecond: number): Promise<string | undefined> {
  try {
    const { TaskHandle } = await sqs.send(
      new StartMessageMoveTaskCommand({
        SourceArn: from,
        DestinationArn: to,
        MaxNumberOfMessagesPerSecond: Math.min(perSecond, MAX_PER_SECOND),
      }),
    );
    return TaskHandle;
  } catch (error) {
    if (error instanceof Error && UNKNOWN.test(error.name)) return undefined;
    throw error;
  }
}

/** It was faster than we were. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof Error && error.name.includes('ResourceNotFound'))) throw error;
}
