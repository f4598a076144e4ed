import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requireServices } from '../../../local/cloud/required-services';

describe('an emulator that was not started here', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  /** @param answer by the service's name in the signature */
  const listen = async (answer: (scope: string) => { readonly status: number; readonly body: string }) => {
    server = createServer((request, response) => {
      const [, scope = ''] = /\/us-east-1\/(\w+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
      const { status, body } = answer(scope);
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('is used when every service answers, also with an error', async () => {
    const endpoint = await listen((scope) => ({ status: scope === 's3' ? 403 : 200, body: 'AccessDenied' }));
    await expect(requireServices(endpoint)).resolves.toEqual({ hasApiGateway: true });
  });

  it('is used without API Gateway, which the HTTP door replaces', async () => {
    const endpoint = await listen((scope) => ({ status: scope === 'apigateway' ? 501 : 200, body: '{}' }));
    await expect(requireServices(endpoint)).resolves.toEqual({ hasApiGateway: false });
  });

  it.each([
    [501, "API for service 'apigatewayv2' not yet implemented or pro feature"],
    [404, 'Not yet implemented'],
    [403, 'This service is not included within your LocalStack license'],
    [500, 'exception while calling kms.ListKeys: Failed to download'],
  ])('is refused with the services that it lacks, which answer %d', async (status, body) => {
    const endpoint = await listen((scope) =>
      ['apigateway', 'kms', 'scheduler'].includes(scope) ? { status, body } : { status: 200, body: '{}' },
    );
    await expect(requireServices(endpoint)).rejects.toThrow(
      `The emulator at ${endpoint} (AWS_ENDPOINT_URL) lacks EventBridge Scheduler, KMS, so`,
    );
  });
});
