import * as z from 'zod/mini';
import { type Endpoint, isReadOnly } from '../../lambdas/runtime/declare/declaration';
import { withoutDialect } from './asyncapi';
import type { DeclaredSystem } from './declared';

type Json = Readonly<Record<string, unknown>>;

/** Returns each service's HTTP API as OpenAPI 3.1, by the service's name. */
export function toOpenApis({ name, version, declarations }: DeclaredSystem): ReadonlyMap<string, Json> {
  const endpoints = declarations.filter((one): one is Endpoint => one.kind === 'endpoint');
  const services = [...new Set(endpoints.map(({ service }) => service))].sort();
  return new Map(
    services.map((service) => [
      service,
      {
        openapi: '3.1.0',
        info: {
          title: `${name}: ${service}`,
          version,
          description: 'Written by "npm run map" from the declarations.',
        },
        paths: pathsOf(endpoints.filter((one) => one.service === service)),
        components: { schemas: { Problem: PROBLEM }, securitySchemes: SECURITY },
      },
    ]),
  );
}

function pathsOf(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const [method = '', path = ''] = endpoint.route.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(endpoint, path) };
  }
  return paths;
}

function toOperation(endpoint: Endpoint, path: string): Json {
  const { name, body, authorization } = endpoint;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => ({
      name: parameter,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(isReadOnly(endpoint) ? [IF_NONE_MATCH] : [IDEMPOTENCY_KEY]),
  ];
  return {
    operationId: name,
    parameters,
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: withoutDialect(z.toJSONSchema(body, { io: 'input' })) } },
      },
    }),
    responses: {
      ...(isReadOnly(endpoint) ? REPORTED : ACCEPTED),
      default: {
        description: 'A problem (RFC 9457).',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    // IAM or JWT, as the stage is configured. `handler`: the function verifies a signature or a key in the request.
    security: authorization === 'api' ? [{ iam: [] }, { jwt: [] }] : [],
  };
}

const json = { 'application/json': { schema: { type: 'object' } } };
const RETRY_AFTER = {
  'Retry-After': { description: 'When to look for the outcome, in seconds.', schema: { type: 'integer' } },
};

const ACCEPTED = {
  202: {
    description: 'Accepted. The outcome is found at `Location`.',
    headers: { Location: { schema: { type: 'string' } }, ...RETRY_AFTER },
    content: json,
  },
};

const REPORTED = {
  200: {
    description: 'The status.',
    headers: { ETag: { schema: { type: 'string' } }, ...RETRY_AFTER },
    content: json,
  },
  304: { description: 'The client has the current status.' },
};

const IF_NONE_MATCH = { name: 'If-None-Match', in: 'header', schema: { type: 'string' } };

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A request that is repeated under the same key has one effect and gets the first answer again.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['detail'],
        properties: { pointer: { type: 'string' }, field: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
};

const SECURITY = {
  iam: { type: 'apiKey', name: 'Authorization', in: 'header', description: 'AWS Signature Version 4.' },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
};
