import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { onDeploy } from '../../../lambdas/runtime/schedule/on-deploy';

/** Runs the function of a deploy task against a server in the role of CloudFormation. @returns the response that it received */
async function deploy(work: () => Promise<void>, RequestType = 'Create'): Promise<Record<string, string>> {
  let told = '';
  const server = createServer((request, response) => {
    request.on('data', (chunk) => {
      told += chunk;
    });
    request.on('end', () => response.end());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const ids = { RequestId: 'request', StackId: 'stack', LogicalResourceId: 'seed', ResponseURL };
  await onDeploy(
    defineService('tester').deployTask('seed'),
    work,
  )({ RequestType, ...ids } as CloudFormationCustomResourceEvent);
  server.closeAllConnections();
  server.close();
  return JSON.parse(told) as Record<string, string>;
}

beforeEach(() => jest.spyOn(process.stderr, 'write').mockReturnValue(true));

test('onDeploy reports success to CloudFormation', async () => {
  const done = jest.fn(async () => {});
  expect(await deploy(done)).toEqual({
    Status: 'SUCCESS',
    RequestId: 'request',
    StackId: 'stack',
    LogicalResourceId: 'seed',
    PhysicalResourceId: 'seed',
  });
  expect(done).toHaveBeenCalledTimes(1);
});

test('onDeploy reports the error to CloudFormation, which would wait for an hour otherwise', async () => {
  const failing = () => Promise.reject(new Error('the table is not there'));
  expect(await deploy(failing)).toMatchObject({ Status: 'FAILED', Reason: 'Error: the table is not there' });
});

test('onDeploy does nothing when the service is deleted', async () => {
  const work = jest.fn(async () => {});
  expect(await deploy(work, 'Delete')).toMatchObject({ Status: 'SUCCESS' });
  expect(work).not.toHaveBeenCalled();
});
