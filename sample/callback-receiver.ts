import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import { Failure } from '../cli/failure';
import type { CallbackType } from '../contracts/callbacks';
import { type Deployment, serviceOf } from '../deployed/discover';
import type { Outcome } from './sample-orders';

/** The body of a callback. */
interface Callback {
  readonly type: CallbackType;
  readonly data: { readonly orderId: string; readonly reason?: string };
}

/** A customer's endpoint on this machine. Verifies the signatures of callbacks and collects the outcomes of orders. */
export class CallbackReceiver {
  /** Order → outcome. */
  readonly outcomes = new Map<string, Outcome>();

  private constructor(
    private readonly server: Server,
    private readonly webhook: Webhook,
  ) {
    server.on('request', async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      try {
        this.record(this.webhook.verify(body, request.headers as Record<string, string>) as Callback);
        response.writeHead(204).end();
      } catch {
        response.writeHead(401).end();
      }
    });
  }

  /** Starts an endpoint on a free port. @throws Failure when callbacks is not deployed */
  static async start(deployment: Deployment): Promise<CallbackReceiver> {
    const webhook = new Webhook(await signingSecret(deployment));
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new CallbackReceiver(server, webhook);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/callbacks`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private record({ type, data: { orderId, reason } }: Callback): void {
    if (type === 'order.completed') this.outcomes.set(orderId, 'completed');
    if (type === 'order.cancelled') this.outcomes.set(orderId, reason as Outcome);
  }
}

async function signingSecret(deployment: Deployment): Promise<string> {
  const arn = serviceOf(deployment, 'callbacks').secrets?.['webhook-signing'];
  if (arn === undefined) throw new Failure('The service callbacks has no secret "webhook-signing".');
  const client = deployment.clients.of(SecretsManagerClient);
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  return (JSON.parse(SecretString ?? '{}') as { current: string }).current;
}
