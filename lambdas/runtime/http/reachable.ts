const AWS_HOST = /^https?:\/\/([a-z0-9]+)\.execute-api\.[^/]+/;

/**
 * Returns the address at which this function reaches an HTTP API. On AWS it is the API's own. An emulator serves all APIs at its own
 * address, because their host names resolve to AWS. This is the only place where a function depends on an emulator.
 *
 * @param emulator the emulator's address. Default: `AWS_ENDPOINT_URL`, which an emulator sets for its functions
 */
export function reachable(url: string, emulator = process.env.AWS_ENDPOINT_URL): string {
  return emulator ? url.replace(AWS_HOST, (_, apiId: string) => `${emulator}/_aws/execute-api/${apiId}`) : url;
}
