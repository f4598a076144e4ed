import type { Lifetime } from '../../cli/lifetime';
import { startServer } from './server';

/** Starts moto's server on a free port of 127.0.0.1, and stops it when the lifetime ends. @returns its endpoint */
export function startMoto(python: string, lifetime: Lifetime): Promise<string> {
  const args = (port: number) => ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
  return startServer({ name: 'moto', command: python, args, path: '/moto-api/data.json' }, lifetime);
}
