/** The stage that is deployed to the local cloud. */
export const LOCAL_STAGE = 'local';

export const LOCAL_REGION = 'us-east-1';

/** The account in which emulators create everything when the access key is not an account number. */
export const LOCAL_ACCOUNT = '000000000000';

const LOCAL_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Turns off the SDK's warning about the Node version, which each process would print. */
const NO_VERSION_WARNING = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns an environment in which a command can reach only the emulator. All AWS settings of the user are removed, so that no
 * profile, session or role of a real account is used by accident.
 */
export function emulatorEnvironment(endpoint: string, outer: Environment = process.env): NodeJS.ProcessEnv {
  return {
    ...withoutAws(outer),
    ...withoutProxy(outer),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Returns the environment without the variables of AWS and of the CDK. */
export function withoutAws(outer: Environment = process.env): NodeJS.ProcessEnv {
  const own = Object.entries(outer).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  return { ...Object.fromEntries(own), [NO_VERSION_WARNING]: 'true' };
}

function withoutProxy(outer: Environment): NodeJS.ProcessEnv {
  const hosts = [outer.NO_PROXY ?? outer.no_proxy, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return { NO_PROXY: hosts, no_proxy: hosts };
}

/**
 * Returns the settings of an SDK client.
 *
 * @param endpoint - the emulator's; undefined for AWS with the user's own credentials
 * @param region - on AWS. @default the region of the environment
 */
export function clientSettings(endpoint: string | undefined, region?: string) {
  process.env[NO_VERSION_WARNING] ??= 'true';
  if (endpoint === undefined) return region === undefined ? {} : { region };
  return { endpoint, region: region ?? LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
}
