import { Failure, UsageError } from '../cli/failure';
import { isAnswerOfOtherServer, notAws } from '../deployed/aws-endpoint';
import type { Location } from '../deployed/discover';

/** Turns an error of the SDK into one sentence for operators. Returns other errors as they are, with their stack. */
export function toFailure(error: unknown, { endpoint }: Pick<Location, 'endpoint'>): unknown {
  if (!(error instanceof Error) || error instanceof Failure || error instanceof UsageError) return error;
  const { name, message, code, $metadata } = error as Error & { code?: string; $metadata?: object };
  if (name === 'CredentialsProviderError') {
    return new Failure(`There are no AWS credentials: log in, or set AWS_PROFILE. (${message})`);
  }
  if (/region is missing/i.test(message)) return new Failure('No AWS region is set: name one with --region.');
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') {
    return new Failure(`Nothing answers at ${endpoint ?? 'AWS'}: ${message || code}.`);
  }
  if (endpoint !== undefined && isAnswerOfOtherServer(error)) return notAws(endpoint);
  if ($metadata === undefined) return error;
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(name)) {
    return new Failure(`AWS does not allow this call: ${message}`);
  }
  return new Failure(`AWS answered ${name}: ${message}`);
}
