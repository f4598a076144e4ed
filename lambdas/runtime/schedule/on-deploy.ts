import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { awsLog } from '../aws/aws-runtime';
import { describe } from '../errors';

/**
 * A function that runs when its service is deployed, behind a CloudFormation custom resource:
 * `export const handler = onDeploy(async () => …)`. It may run more than once, and does nothing when the service is deleted.
 *
 * CloudFormation waits an hour for an answer that never comes, so every way out of here gives one.
 */
export function onDeploy(work: () => Promise<void>) {
  return async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const { RequestType, RequestId, StackId, LogicalResourceId, ResponseURL } = event;
    const answer = { RequestId, StackId, LogicalResourceId, PhysicalResourceId: LogicalResourceId };
    try {
      if (RequestType !== 'Delete') await work();
      await respond(ResponseURL, { ...answer, Status: 'SUCCESS' });
    } catch (error) {
      awsLog().error('failed', { error: describe(error) });
      await respond(ResponseURL, { ...answer, Status: 'FAILED', Reason: describe(error) });
    }
  };
}

async function respond(url: string, answer: object): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: JSON.stringify(answer), headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: HTTP ${response.status}.`);
}
