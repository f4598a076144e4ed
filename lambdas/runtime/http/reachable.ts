const AWS_HOST = /^https?:\/\/([a-z0-9]+)\.execute-api\.[^/]+/;

/**
 * An HTTP API's address as this function can reach it: as it is on AWS. An emulator serves all APIs on its own address, since
 * the host names that AWS gives them lead to AWS, and tells its functions where it is by `AWS_ENDPOINT_URL`.
 * This is the one place where a function knows of an emulator.
 */
export function reachable(url: string, emulator = process.env.AWS_ENDPOINT_URL): string {
  return emulator ? url.replace(AWS_HOST, (_, apiId: string) => `${emulator}/_aws/execute-api/${apiId}`) : url;
}
