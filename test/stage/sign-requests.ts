import { SSMClient } from '@aws-sdk/client-ssm';
import { AwsClient } from 'aws4fetch';
import { SdkClients } from '../../deployed/clients';
import { stageUnderTest } from './stage';

/** `<api>.execute-api.<region>.amazonaws.com` */
const API = /\.execute-api\.([^.]+)\.amazonaws\.com(\.cn)?$/;

/** Jest loads this file before each test file: the HTTP APIs of a stage on AWS answer only requests that are signed for IAM. */
const send = globalThis.fetch;
const location = stageUnderTest();

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const [, region] = API.exec(new URL(request.url).hostname) ?? [];
  // Requests of routes with their own authorisation, such as a key, are not signed.
  if (region === undefined || request.headers.has('authorization')) return send(input, init);
  const { config } = new SdkClients(undefined, location?.region).of(SSMClient);
  const credentials = await config.credentials();
  return send(await new AwsClient({ ...credentials, service: 'execute-api', region }).sign(request));
};
