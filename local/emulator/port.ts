import net from 'node:net';
import { Failure } from '../../cli/failure';
import { describePortUse } from './port-holder';

export const HOST = '127.0.0.1';

/** @throws Failure that says who uses the port, or why it cannot be opened */
export async function requireFreePort(port: number): Promise<void> {
  const refusal = await new Promise<string | undefined>((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: HOST, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (refusal === 'EADDRINUSE') throw new Failure(await describePortUse(port));
  if (refusal !== undefined) {
    throw new Failure(`Port ${port} cannot be opened (${refusal}): choose another port with --port, above 1023.`);
  }
}

/** Returns a port that is free at this moment. */
export async function findFreePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Failure('This machine has no free port.');
  return address.port;
}
