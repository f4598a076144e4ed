import type { SQSClient } from '@aws-sdk/client-sqs';
import { moveAll } from '../../../ops/dead-letters/move-task';

interface Answers {
  readonly start?: () => object;
  /** The answers of consecutive calls of ListMessageMoveTasks. */
  readonly tasks: readonly object[];
}

/** An SQS client that supports only move tasks. */
function fakeSqs({ start = () => ({ TaskHandle: 'task-1' }), tasks }: Answers) {
  const calls: string[] = [];
  const left = [...tasks];
  const send = async ({ constructor: { name } }: object) => {
    calls.push(name);
    if (name === 'StartMessageMoveTaskCommand') return start();
    if (name === 'ListMessageMoveTasksCommand') return { Results: [left.shift()] };
    left.unshift({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 4, ApproximateNumberOfMessagesToMove: 3 });
    return {};
  };
  return { sqs: { send } as unknown as SQSClient, calls };
}

function move(sqs: SQSClient) {
  const onProgress = () => {};
  return moveAll(sqs, { from: 'a', to: 'b', perSecond: 100, onProgress, signal: AbortSignal.abort() });
}

function moveUninterrupted(sqs: SQSClient) {
  const signal = new AbortController().signal;
  return moveAll(sqs, { from: 'a', to: 'b', perSecond: 100, onProgress: () => {}, signal });
}

describe("SQS's move task", () => {
  it('moves a whole queue', async () => {
    const done = { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3, ApproximateNumberOfMessagesToMove: 3 };
    expect(await moveUninterrupted(fakeSqs({ tasks: [done] }).sqs)).toBe(3);
  });

  it('is cancelled when it moves more messages than there were, because they fail again', async () => {
    const tooMany = { Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 4, ApproximateNumberOfMessagesToMove: 3 };
    const { sqs, calls } = fakeSqs({ tasks: [tooMany] });
    expect(await moveUninterrupted(sqs)).toBe(4);
    expect(calls).toContain('CancelMessageMoveTaskCommand');
  });

  it('is cancelled when the command is interrupted', async () => {
    const { sqs, calls } = fakeSqs({ tasks: [{ Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 1 }] });
    expect(await move(sqs)).toBe(1);
    expect(calls).toContain('CancelMessageMoveTaskCommand');
  });

  it('reports the reason when it fails', async () => {
    const { sqs } = fakeSqs({ tasks: [{ Status: 'FAILED', FailureReason: 'AccessDenied' }] });
    await expect(moveUninterrupted(sqs)).rejects.toThrow(
      'The move task of SQS failed after 0 of 0 messages: AccessDenied',
    );
  });

  it('is undefined on an emulator without move tasks', async () => {
    const start = () => {
      throw Object.assign(new Error('?'), { name: 'InvalidAction' });
    };
    expect(await moveUninterrupted(fakeSqs({ start, tasks: [] }).sqs)).toBeUndefined();
  });
});
