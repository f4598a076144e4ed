import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import { Failure } from '../cli/failure';
import { clientOf } from '../deployed/clients';
import { type Deployment, serviceOf } from '../deployed/discover';
import type { Outcome } from './sample-orders';

/** What a customer is told at the end of an order; confirmations come before it. */
interface Callback {
  readonly type: 'order.confirmed' | 'order.cancelled' | 'order.completed';
  readonly data: { readonly orderId: string; readonly reason?: string };
}

/** A customer's own endpoint, on this machine: takes callbacks whose signature is right, and remembers how orders ended. */
export class CallbackReceiver {
  /** Order → how it ended. */
  readonly outcomes = new Map<string, Outcome>();

  private constructor(
    private readonly server: Server,
    private readonly webhook: Webhook,
  ) {
    server.on('request', async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      try {
        this.take(this.webhook.verify(body, request.headers as Record<string, string>) as Callback);
        response.writeHead(204).end();
      } catch {
        response.writeHead(401).end();
      }
    });
  }

  /** @throws Failure when the deployment has no callbacks */
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

  private take({ type, data: { orderId, reason } }: Callback): void {
    if (type === 'order.completed') this.outcomes.set(orderId, 'completed');
    if (type === 'order.cancelled') this.outcomes.set(orderId, reason as Outcome);
  }
}

async function signingSecret(deployment: Deployment): Promise<string> {
  const arn = serviceOf(deployment, 'callbacks').secrets?.['webhook-signing'];
  if (arn === undefined) throw new Failure('The service callbacks has no secret to sign with.');
  const client = clientOf(SecretsManagerClient, deployment.endpoint);
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  return (JSON.parse(SecretString ?? '{}') as { current: string }).current;
}
