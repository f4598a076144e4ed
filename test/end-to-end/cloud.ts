/** The environment variable with the endpoint of the local cloud: set by the set-up, read by the tests. */
const ENDPOINT = 'CORE_END_TO_END_ENDPOINT';

export function publishEndpoint(endpoint: string): void {
  process.env[ENDPOINT] = endpoint;
}

/** The endpoint of the local cloud; undefined where no emulator is available, and the tests are skipped. */
export const endpoint: string | undefined = process.env[ENDPOINT];
