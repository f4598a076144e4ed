import { SQSClient } from '@aws-sdk/client-sqs';
import type { ConsumerRuntime } from '../runtime';
import { awsRuntime } from './aws-runtime';
import { embeddedMetrics } from './embedded-metrics';
import { once } from './once';
import { sdkClient } from './sdk-client';
import { setting, variables } from './settings';
import { SqsQueue } from './sqs-queue';

/** The runtime of a consumer on AWS. One for each function instance. */
export const consumerRuntime = once(
  (): ConsumerRuntime => ({
    ...awsRuntime(),
    queue: new SqsQueue(sdkClient(SQSClient), {
      queue: setting(variables.queue),
      deadLetterQueue: setting(variables.deadLetterQueue),
    }),
    metrics: embeddedMetrics(),
  }),
);
