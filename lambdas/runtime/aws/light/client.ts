import { partition } from '@aws-sdk/core/client';
import { isClockSkewError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { SdkError } from '@smithy/types';
import { sign } from 'aws4';
import { fullJitter } from '../../retry';
import { type HttpAnswer, type HttpLimits, post } from './http-call';

/** A service of AWS. */
export interface Service {
  /** Its name in signatures, e.g. `dynamodb`. */
  readonly name: string;
  /** Its name in host names. @default as in signatures */
  readonly host?: string;
  /** Whether all its hosts in GovCloud are FIPS endpoints, and are called as elsewhere. @default false */
  readonly isFipsInGovCloud?: boolean;
  /** Its name in `AWS_ENDPOINT_URL_<id>`. */
  readonly id: string;
  /** How its calls are written. */
  readonly protocol: Protocol;
}

/** How calls and answers are written. */
export interface Protocol {
  /** @param input what the command was made with */
  request(operation: string, input: object): CallRequest;
  /** Returns the members of an answer or an error. */
  read(body: Buffer): Readonly<Record<string, unknown>> | null;
}

/** The parts of a request that depend on the protocol. */
export interface CallRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An error that a service has answered. It has the members of AWS's model of it, e.g. `CancellationReasons`. */
export class ServiceException extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId?: string };

  constructor(name: string, { status, headers }: HttpAnswer, members: Readonly<Record<string, unknown>>) {
    super(String(members.message ?? members.Message ?? `${name}: status ${status}`));
    Object.assign(this, members, { name });
    this.$metadata = { httpStatusCode: status, requestId: String(headers['x-amzn-requestid'] ?? '') };
  }
}

/** The configuration of a client, as the SDK's clients take it. */
export interface LightSettings {
  readonly requestHandler?: Partial<HttpLimits>;
  readonly maxAttempts?: number;
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: Credentials | (() => Promise<Credentials>);
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A command of a service. */
export interface LightCommand {
  /** Returns what is sent, the same for each attempt. */
  toCall(): { readonly operation: string; readonly input: object };
}

/** The SDK's waits before a retry: before the first, and at most. Milliseconds. */
const BACKOFF = { transient: { base: 100, cap: 20_000 }, throttled: { base: 500, cap: 20_000 } };
/**
 * The SDK's quota of retries: each takes tokens, and success gives those of the last retry back. Without tokens a client makes one attempt
 * of each call, so that a service in trouble does not get three times the calls.
 */
const TOKENS = { most: 500, retry: 5, timeout: 10, back: 1 };
/** A clock that is wrong by less is not why a signature is refused. Milliseconds. */
const TOLERATED_SKEW = 5 * 60 * 1_000;

/**
 * Calls a service of AWS: signs, sends, retries, and reads the answer. It reads the same environment as a client of the SDK in a Lambda
 * function, retries the same errors as often, and throws errors of the same names. Dual-stack endpoints need `AWS_ENDPOINT_URL`.
 */
export class LightClient {
  /** The SDK's steps, of which there are none here. */
  readonly middlewareStack = { remove: () => false };
  /** Where it sends its calls. */
  readonly url: URL;
  private readonly region: string;
  private readonly limits: HttpLimits;
  private tokens = TOKENS.most;
  /** How far this machine's clock is behind the service's, in milliseconds. */
  private skew = 0;

  constructor(
    private readonly service: Service,
    private readonly exceptions: ReadonlyMap<string, typeof ServiceException>,
    private readonly settings: LightSettings,
  ) {
    this.region = settings.region ?? process.env.AWS_REGION ?? '';
    this.url = new URL(settings.endpoint ?? endpointOf(service, this.region));
    this.limits = { connectionTimeout: 1_000, requestTimeout: 3_000, ...settings.requestHandler };
  }

  /** @throws ServiceException when the service refuses the call; Node's error when it cannot be reached */
  async send(command: LightCommand): Promise<unknown> {
    const { operation, input } = command.toCall();
    const request = this.service.protocol.request(operation, input);
    const { maxAttempts = 3 } = this.settings;
    let paid = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.attempt(request);
        this.tokens = Math.min(TOKENS.most, this.tokens + Math.max(paid, TOKENS.back));
        return answer;
      } catch (error) {
        paid = (error as Error).name === 'TimeoutError' ? TOKENS.timeout : TOKENS.retry;
        if (attempt >= maxAttempts || paid > this.tokens || !isRetried(error as SdkError)) throw error;
        this.tokens -= paid;
        const { throttled, transient } = BACKOFF;
        const wait = fullJitter(attempt, isThrottlingError(error as SdkError) ? throttled : transient, Math.random);
        await new Promise((wake) => setTimeout(wake, wait));
      }
    }
  }

  private async attempt({ path, headers, body }: CallRequest): Promise<unknown> {
    const { protocol } = this.service;
    const signed = await this.sign(path, headers, body);
    const answer = await post({ url: this.url, path, headers: signed, body }, this.limits);
    if (answer.status < 300) return answer.body.length > 0 ? protocol.read(answer.body) : {};
    const members = readError(protocol, answer);
    const name = errorName(answer, members);
    const Exception = this.exceptions.get(name) ?? ServiceException;
    const error = new Exception(name, answer, members);
    if (isClockSkewError(error as SdkError) && this.corrects(answer))
      Object.assign(error.$metadata, { clockSkewCorrected: true });
    throw error;
  }

  private async sign(path: string, own: CallRequest['headers'], body: string | Uint8Array) {
    const { credentials = credentialsFromEnvironment } = this.settings;
    const known = typeof credentials === 'function' ? await credentials() : credentials;
    const now = new Date(Date.now() + this.skew).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const trace = process.env.AWS_LAMBDA_FUNCTION_NAME && process.env._X_AMZN_TRACE_ID;
    const { headers } = sign(
      {
        ...{ service: this.service.name, region: this.region, method: 'POST', host: this.url.host, path },
        // Types of aws4 know text only. It passes the body to Node's hash, which takes bytes as well.
        body: body as string,
        headers: { ...own, 'X-Amz-Date': now, ...(trace && { 'X-Amzn-Trace-Id': trace }) },
      },
      known,
    );
    return headers as Record<string, string>;
  }

  /** Measures how wrong this machine's clock is. @returns whether the signature's time was the problem */
  private corrects({ headers: { date } }: HttpAnswer): boolean {
    const skew = Date.parse(date ?? '') - Date.now();
    if (Number.isNaN(skew) || Math.abs(skew - this.skew) < TOLERATED_SKEW) return false;
    this.skew = skew;
    return true;
  }
}

/** A proxy can answer instead of the service, with a page. */
function readError(protocol: Protocol, { body }: HttpAnswer): Readonly<Record<string, unknown>> {
  try {
    return protocol.read(body) ?? {};
  } catch {
    return {};
  }
}

/** The SDK learns from DynamoDB's model that the last can be repeated. */
function isRetried(error: SdkError): boolean {
  return isTransientError(error) || isThrottlingError(error) || error.name === 'ReplicatedWriteConflictException';
}

/** `com.amazonaws.dynamodb#ThrottlingException:http://…` in a header, or in the body. */
function errorName({ headers }: HttpAnswer, { __type, code }: Readonly<Record<string, unknown>>): string {
  const [name = ''] = String(headers['x-amzn-errortype'] ?? __type ?? code ?? 'UnknownError').split(':');
  return name.slice(name.lastIndexOf('#') + 1);
}

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html */
function endpointOf({ name, host = name, id, isFipsInGovCloud }: Service, region: string): string {
  const { env } = process;
  const own = env[`AWS_ENDPOINT_URL_${id}`] ?? env.AWS_ENDPOINT_URL;
  if (own) return own;
  const isNamed = env.AWS_USE_FIPS_ENDPOINT === 'true' && !(isFipsInGovCloud && region.startsWith('us-gov-'));
  return `https://${host}${isNamed ? '-fips' : ''}.${region}.${partition(region).dnsSuffix}`;
}

/** Lambda passes the credentials of a function's role in variables, and keeps them for as long as its environment lives. */
async function credentialsFromEnvironment(): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
  if (!accessKeyId || !secretAccessKey) throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set.');
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}
