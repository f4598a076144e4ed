import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelMessageMoveTaskCommand,
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { Failure } from '../../cli/failure';

export interface Move {
  /** ARN of the dead-letter queue. */
  readonly from: string;
  /** ARN of the queue that receives the messages. */
  readonly to: string;
  /** SQS moves at most 500 messages per second. */
  readonly perSecond: number;
  readonly onProgress: (moved: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** SQS: the greatest rate of a message move task (API reference, StartMessageMoveTask). */
const MAX_PER_SECOND = 500;
const POLL_MS = 1_000;

/**
 * Moves a whole dead-letter queue with a message move task of SQS. Cancels the task once it has moved as many messages as there
 * were, because messages that fail again would be moved endlessly.
 *
 * @returns the number of moved messages; undefined when SQS is an emulator without move tasks
 */
export async function moveAll(
  sqs: SQSClient,
  { from, to, perSecond, onProgress, signal }: Move,
): Promise<number | undefined> {
  const handle = await start(sqs, from, to, perSecond);
  if (handle === undefined) return undefined;
  const cancel = () => sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle })).catch(ignoreCompleted);
  for (;;) {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: from, MaxResults: 1 }));
    const [task] = Results;
    const moved = task?.ApproximateNumberOfMessagesMoved ?? 0;
    const total = task?.ApproximateNumberOfMessagesToMove ?? 0;
    if (total > 0) onProgress(Math.min(moved, total), total);
    if (task?.Status === 'FAILED')
      throw new Failure(`The move task of SQS failed after ${moved} of ${total} messages: ${task.FailureReason}.`);
    if (task?.Status === 'COMPLETED' || task?.Status === 'CANCELLED') return moved;
    if (signal.aborted || moved > total) await cancel();
    if (signal.aborted) return moved;
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

/** The names of errors with which emulators answer unknown calls. */
const UNSUPPORTED = /UnsupportedOperation|InvalidAction|UnknownOperation|NotImplemented|UnknownAction/;

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
    if (error instanceof Error && UNSUPPORTED.test(error.name)) return undefined;
    throw error;
  }
}

/** A task that has completed meanwhile cannot be cancelled. */
function ignoreCompleted(error: unknown): void {
  if (!(error instanceof Error && error.name.includes('ResourceNotFound'))) throw error;
}
