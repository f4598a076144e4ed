/** The environment variable with the endpoint of the local cloud. The set-up sets it, and the tests read it. */
const ENDPOINT = 'CORE_END_TO_END_ENDPOINT';

export function publishEndpoint(endpoint: string): void {
  process.env[ENDPOINT] = endpoint;
}

/** The endpoint of the local cloud. Undefined if no emulator is available: the tests are skipped. */
export const endpoint: string | undefined = process.env[ENDPOINT];
