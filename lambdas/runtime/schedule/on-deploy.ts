import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { awsLog } from '../aws/aws-runtime';
import type { Task } from '../declare/declaration';
import { describe } from '../errors';

/**
 * The function behind a deploy task: a CloudFormation custom resource runs it when its service is deployed, once or more often. It
 * does nothing when the service is deleted.
 *
 * CloudFormation waits up to an hour for an answer, so every outcome sends one.
 *
 * @example
 * export const handler = onDeploy(seedStock, async () => { … });
 *
 * @param task the declaration from the service's `service.ts`
 */
export function onDeploy(task: Task, work: () => Promise<void>) {
  const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
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
  return Object.assign(handler, { task });
}

async function respond(url: string, answer: object): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: JSON.stringify(answer), headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation refused the response of the deploy task: HTTP ${response.status}.`);
}
