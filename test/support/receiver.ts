import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the receiver has received. */
export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A webhook receiver on this machine, whose response a test sets. */
export class Receiver {
  readonly received: Received[] = [];
  readonly port: number;

  private constructor(private readonly server: Server) {
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(
    answer: (response: ServerResponse, attempt: number, request: IncomingMessage) => void,
  ): Promise<Receiver> {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      receiver.received.push({ headers: request.headers as Record<string, string>, body });
      answer(response, receiver.received.length, request);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const receiver = new Receiver(server);
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
