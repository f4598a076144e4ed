import { Failure } from '../cli/failure';
import type { Target } from './target';

/** What the SDK throws, as a sentence for operators. Everything else is our own mistake and keeps its stack. */
export function oneSentence(error: unknown, { endpoint }: Pick<Target, 'endpoint'>): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const { name, message, code, $metadata } = error as Error & { code?: string; $metadata?: object };
  if (name === 'CredentialsProviderError') {
    return new Failure(`There are no AWS credentials: log in, or set AWS_PROFILE. (${message})`);
  }
  if (/region is missing/i.test(message)) return new Failure('No AWS region is set: name one with --region.');
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') {
    return new Failure(`Nobody answers at ${endpoint ?? 'AWS'}: ${message || code}.`);
  }
  if ($metadata === undefined) return error;
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(name))
    return new Failure(`AWS does not allow it: ${message}`);
  return new Failure(`AWS answered ${name}: ${message}`);
}
