import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { awsLog } from '../aws/log';
import type { Task } from '../declare/declaration';
import { errorText } from '../errors';

/** The Lambda handler of a deploy task. */
export interface DeployHandler {
  /** CloudFormation calls it through Lambda. */
  (event: CloudFormationCustomResourceEvent): Promise<void>;
  /** The declaration that it was made from. */
  readonly task: Task;
}

/**
 * Makes the function behind a deploy task. A CloudFormation custom resource runs it once or more often when the service is deployed.
 * It does nothing when the service is deleted. If `work` fails, the deployment fails and is rolled back.
 *
 * CloudFormation waits up to an hour for a response, so every outcome sends one.
 *
 * @example
 * export const handler = onDeploy(seedStock, async () => {
 *   console.log(setting(variables.table(stock.name)));
 * });
 *
 * @param task the declaration from the service's `service.ts`
 * @param work must be safe to repeat
 */
export function onDeploy(task: Task, work: () => Promise<void>): DeployHandler {
  const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const { RequestType, RequestId, StackId, LogicalResourceId, ResponseURL } = event;
    const answer = { RequestId, StackId, LogicalResourceId, PhysicalResourceId: LogicalResourceId };
    try {
      if (RequestType !== 'Delete') await work();
      await respond(ResponseURL, { ...answer, Status: 'SUCCESS' });
    } catch (error) {
      awsLog().error('failed', { error: errorText(error) });
      await respond(ResponseURL, { ...answer, Status: 'FAILED', Reason: errorText(error) });
    }
  };
  return Object.assign(handler, { task });
}

async function respond(url: string, answer: object): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: JSON.stringify(answer), headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation refused the response of the deploy task: HTTP ${response.status}.`);
}
