import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFreePort, requireFreePort } from '../../../local/emulator/port';
import { describePortUse } from '../../../local/emulator/port-holder';

describe('a port that is in use', () => {
  let server: Server | undefined;
  const listen = async (listener: RequestListener) => {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** An emulator that stores who has started it. */
  const emulatorOf = (checkout: string): RequestListener => {
    const Parameter = { Value: JSON.stringify({ checkout, process: 123 }) };
    return (_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': '1' })
        .end(JSON.stringify({ Parameter }));
  };

  it.each([
    ['this checkout', '/home/ada/broker', 'the local cloud of this checkout (process 123): stop it with Ctrl-C'],
    ['another checkout', '/home/ada/other', 'the local cloud of /home/ada/other (process 123): stop it with Ctrl-C'],
  ])('by the local cloud of %s is described with its process', async (_, checkout, description) => {
    const port = await listen(emulatorOf(checkout));
    expect(await describePortUse(port, '/home/ada/broker')).toContain(`Port ${port} is used by ${description}`);
  });

  it('by an emulator that was not started here can be deployed to', async () => {
    const port = await listen((request, response) => {
      const isHealth = request.url === '/_localstack/health';
      response.writeHead(isHealth ? 200 : 404).end(isHealth ? '{"services":{}}' : '');
    });
    expect(await describePortUse(port)).toBe(
      `Port ${port} is used by an AWS emulator: deploy to it with AWS_ENDPOINT_URL=http://127.0.0.1:${port}, ` +
        'or choose another port with --port.',
    );
  });

  it('by any other program must be freed', async () => {
    const port = await listen((_, response) => response.end('hello'));
    await expect(requireFreePort(port)).rejects.toThrow(
      `Port ${port} is used by another program: stop that program, or choose another port with --port.`,
    );
  });
});

describe('a port that is free', () => {
  it('is accepted', async () => {
    await expect(requireFreePort(await findFreePort())).resolves.toBeUndefined();
  });
});
