import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../../cli/failure';
import { requireEmulator } from '../../../deployed/aws-endpoint';

describe('the endpoint in AWS_ENDPOINT_URL', () => {
  let server: Server;
  const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listen = async (status: number, headers: Record<string, string>, body: string) => {
    server = createServer((_, response) => response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  };
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('is used without a trailing slash when it answers as AWS does', async () => {
    await listen(400, { 'x-amzn-requestid': '1' }, '{"__type":"ParameterNotFound","message":""}');
    expect(await requireEmulator(`${endpoint()}/`)).toBe(endpoint());
  });

  it.each<[string, number, string]>([
    ['<html>', 200, 'text/html'],
    ['<h1>Not found</h1>', 404, 'text/html'],
    ['{}', 200, 'application/json'],
    ['{"message":"not found"}', 404, 'application/json'],
    ['', 200, 'text/plain'],
  ])('is refused when it answers %j with %d', async (body, status, type) => {
    await listen(status, { 'content-type': type }, body);
    await expect(requireEmulator(endpoint())).rejects.toThrow(
      new Failure(`${endpoint()} answers, but not as an AWS endpoint. Check AWS_ENDPOINT_URL.`),
    );
  });

  it('is refused when nothing answers', async () => {
    await expect(requireEmulator('http://127.0.0.1:9')).rejects.toThrow(
      'Nothing answers at http://127.0.0.1:9 (AWS_ENDPOINT_URL): ',
    );
  });

  it.each([
    ['localhost:4566', 'AWS_ENDPOINT_URL is not a URL: localhost:4566.'],
    ['https://sqs.eu-west-1.amazonaws.com', 'AWS_ENDPOINT_URL is AWS itself (sqs.eu-west-1.amazonaws.com)'],
  ])('is refused as %s', async (url, reason) => {
    await expect(requireEmulator(url)).rejects.toThrow(reason);
  });
});
