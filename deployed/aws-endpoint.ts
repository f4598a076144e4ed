import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Failure, messageOf } from '../cli/failure';
import { clientSettings } from './environment';

/** The metadata that the SDK adds to errors of calls with a response. */
interface Answered {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** Limit for an emulator's response to a first call. */
const TIMEOUT_MS = 10_000;

/**
 * Checks the emulator that `AWS_ENDPOINT_URL` names.
 *
 * @returns the endpoint without a trailing slash
 * @throws Failure when it is no URL, is AWS itself, does not answer, or is not an AWS endpoint
 */
export async function requireEmulator(endpoint: string): Promise<string> {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  if (host === '') throw new Failure(`AWS_ENDPOINT_URL is not a URL: ${endpoint}.`);
  // Stage local has no authorisation, so it must not be deployed to AWS.
  if (/\.amazonaws\.com(\.cn)?$/.test(host)) {
    throw new Failure(`AWS_ENDPOINT_URL is AWS itself (${host}), not an emulator. To deploy to AWS: npx cdk deploy.`);
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  await fetch(endpoint, { signal }).catch((error: unknown) => {
    const reason = messageOf(error instanceof Error && error.cause ? error.cause : error);
    throw new Failure(
      `Nothing answers at ${endpoint} (AWS_ENDPOINT_URL): ${reason}. Start that emulator, or unset the variable.`,
    );
  });
  if (!(await speaksAws(endpoint))) throw notAws(endpoint);
  return endpoint.replace(/\/+$/, '');
}

/** Returns whether an SDK error is the answer of a server that is not AWS, for example an HTML page. */
export function isAnswerOfOtherServer(error: unknown): boolean {
  const { $metadata } = error as Answered;
  return $metadata?.httpStatusCode !== undefined && $metadata.requestId === undefined;
}

export function notAws(endpoint: string): Failure {
  return new Failure(`${endpoint} answers, but not as an AWS endpoint. Check AWS_ENDPOINT_URL.`);
}

/** Every AWS service and emulator sends a request id with each answer, other servers do not. */
async function speaksAws(endpoint: string): Promise<boolean> {
  const ssm = new SSMClient({ ...clientSettings(endpoint), maxAttempts: 1 });
  try {
    const { $metadata } = await ssm.send(new GetParameterCommand({ Name: '/event-broker/no-such-parameter' }));
    return $metadata.requestId !== undefined;
  } catch (error) {
    return (error as Answered).$metadata?.requestId !== undefined;
  } finally {
    ssm.destroy();
  }
}
