/** The stage that the local cloud deploys. */
export const STAGE = 'local';

export const REGION = 'us-east-1';

/** The account that emulators put everything in when the access key is no account number. */
export const ACCOUNT = '000000000000';

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The SDK warns about old Node versions in every process, which says nothing about this application. */
const NO_VERSION_WARNING = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a command that is to talk to the emulator and to nothing else: every AWS setting of the user is
 * left out, so that no profile, session or role of a real account can be used by accident.
 */
export function emulatorEnvironment(endpoint: string, outer: Environment = process.env): NodeJS.ProcessEnv {
  return {
    ...withoutAws(outer),
    ...withoutProxy(outer),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The environment of the emulator itself. */
export function withoutAws(outer: Environment = process.env): NodeJS.ProcessEnv {
  const own = Object.entries(outer).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  return { ...Object.fromEntries(own), [NO_VERSION_WARNING]: 'true' };
}

function withoutProxy(outer: Environment): NodeJS.ProcessEnv {
  const hosts = [outer.NO_PROXY ?? outer.no_proxy, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return { NO_PROXY: hosts, no_proxy: hosts };
}

/** Settings for SDK clients of the emulator, or of AWS, as the user's environment has it, when there is no endpoint. */
export function clientSettings(endpoint: string | undefined) {
  process.env[NO_VERSION_WARNING] ??= 'true';
  return endpoint === undefined ? {} : { endpoint, region: REGION, credentials: CREDENTIALS };
}
