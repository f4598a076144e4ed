import { randomUUID } from 'node:crypto';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { AwsClient } from 'aws4fetch';
import * as z from 'zod/mini';
import { findFunctions } from '../../cli/declarations';
import { Failure, UsageError } from '../../cli/failure';
import { type EventContract, toJsonSchema } from '../../contracts/core/contract';
import { apiUrl, type Deployment } from '../../deployed/discover';
import type { Endpoint } from '../../lambdas/runtime/declare/declaration';
import { toJson } from '../../lambdas/runtime/events/bus-event';
import { continueTrace } from '../../lambdas/runtime/events/ids';
import { validate } from '../../lambdas/runtime/events/validate';
import { busClient, putEvents } from '../../lambdas/runtime/publish/bus';
import { fullName } from '../../lib/broker/manifest';
import type { Sendable, Sent } from '../api';

/** Headers of a response that help the operator. */
const SHOWN_HEADERS = ['location', 'retry-after', 'content-type'];

/** Sends events and requests for the operator, as the owner of a contract or a client would. */
export class Sender {
  constructor(
    private readonly deployment: Deployment,
    private readonly contracts: readonly EventContract[],
  ) {}

  /** Returns what can be sent: events of the bus, and requests to endpoints that take a body. */
  async list(): Promise<Sendable[]> {
    const events = this.#contracts().map((one): Sendable => {
      return { kind: 'event', name: fullName(one), schema: toJsonSchema(one) };
    });
    const requests = (await this.#endpoints()).map(({ service, name, route, body }): Sendable => {
      return { kind: 'request', name: `${service}.${name}`, route, schema: z.toJSONSchema(body, { io: 'input' }) };
    });
    return [...requests, ...events];
  }

  /** Publishes an event on the bus. @throws UsageError when the data breaks the contract */
  async publish(name: string, given: unknown): Promise<Sent> {
    const contract = this.#contracts().find((one) => fullName(one) === name);
    if (contract === undefined) throw new UsageError(`There is no contract ${name} on the bus.`);
    const { data, problem } = validate(contract.schema, given);
    if (problem !== undefined) throw new UsageError(`${name} breaks its contract: ${problem}.`);
    const id = randomUUID();
    const occurredAt = new Date().toISOString();
    const { version } = contract;
    const metadata = {
      id,
      version,
      correlationId: id,
      causationId: id,
      occurredAt,
      traceparent: continueTrace(undefined),
    };
    const { clients, broker } = this.deployment;
    const entry = { Source: contract.owner, DetailType: contract.name, Detail: toJson({ metadata, data }) };
    const [result] = await putEvents(clients.of(busClient(broker.bus.arn)), broker.bus.arn, [entry]);
    const { ErrorCode, ErrorMessage } = result ?? {};
    if (ErrorCode) throw new Failure(`The bus did not accept ${name}: ${ErrorCode} ${ErrorMessage ?? ''}`);
    return { text: `Published ${name}.`, id };
  }

  /** Posts a request to an endpoint. */
  async request(name: string, body: unknown): Promise<Sent> {
    const endpoint = (await this.#endpoints()).find((one) => `${one.service}.${one.name}` === name);
    if (endpoint === undefined) throw new UsageError(`There is no endpoint ${name} that takes a body.`);
    const [method, path = ''] = endpoint.route.split(' ');
    const request = new Request(`${apiUrl(this.deployment, endpoint.service)}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    });
    const response = await fetch(await this.#sign(request));
    const headers = SHOWN_HEADERS.flatMap((header) => {
      const value = response.headers.get(header);
      return value === null ? [] : [[header, value] as const];
    });
    return {
      text: `${endpoint.route} answered ${response.status}.`,
      response: { status: response.status, headers: Object.fromEntries(headers), body: await response.text() },
    };
  }

  #contracts(): EventContract[] {
    const deployed = new Set(this.deployment.services.map(({ service }) => service));
    return this.contracts.filter(({ channel, owner }) => channel === 'bus' && deployed.has(owner));
  }

  /** On AWS, APIs without an issuer of tokens authorise by IAM: the operator needs `execute-api:Invoke`. */
  async #sign(request: Request): Promise<Request> {
    const { endpoint, clients, broker } = this.deployment;
    if (endpoint !== undefined) return request;
    const credentials = await clients.of(EventBridgeClient).config.credentials();
    const region = broker.bus.arn.split(':')[3] ?? '';
    return new AwsClient({ ...credentials, service: 'execute-api', region }).sign(request);
  }

  async #endpoints(): Promise<(Endpoint & { readonly body: z.ZodMiniType })[]> {
    const deployed = new Set(this.deployment.services.flatMap(({ service, api }) => (api ? [service] : [])));
    const functions = (await findFunctions()).map(({ declaration }) => declaration);
    return functions.filter(
      (one): one is Endpoint & { readonly body: z.ZodMiniType } =>
        one.kind === 'endpoint' && one.body !== undefined && !one.route.includes('{') && deployed.has(one.service),
    );
  }
}
