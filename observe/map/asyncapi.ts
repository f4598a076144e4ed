import * as z from 'zod/mini';
import { type EventContract, oldestVersion, toJsonSchema } from '../../contracts/core/contract';
import { MetadataSchema } from '../../lambdas/runtime/events/envelope';
import { fullName } from '../../lib/broker/manifest';
import { type DeclaredSystem, publishersOf, subscriptionsTo } from './declared';

type Json = Readonly<Record<string, unknown>>;

/** Returns the system's events as AsyncAPI 3: a channel for each contract, an operation for each function that publishes or receives it. */
export function toAsyncApi(system: DeclaredSystem): Json {
  const contracts = [...system.contracts].sort((one, other) => (fullName(one) < fullName(other) ? -1 : 1));
  return {
    asyncapi: '3.0.0',
    info: {
      title: system.name,
      version: system.version,
      description: 'Every event of the system. Written by "npm run map" from the declarations and contracts.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(contracts.map((contract) => [fullName(contract), toChannel(contract)])),
    operations: Object.fromEntries(contracts.flatMap((contract) => operationsOf(contract, system))),
    components: {
      schemas: { Metadata: withoutDialect(z.toJSONSchema(MetadataSchema, { io: 'input' })) },
      messages: Object.fromEntries(contracts.flatMap(messagesOf)),
    },
  };
}

const ADDRESSES = {
  bus: ({ owner, name }: EventContract) => `event bus: source ${owner}, detail-type ${name}`,
  topic: ({ owner, name }: EventContract) => `topic of ${owner}: name ${name}`,
  reminder: ({ owner, name }: EventContract) => `queue of ${owner}: ${name}, when it is due`,
} as const;

function toChannel(contract: EventContract): Json {
  const versions = versionsOf(contract).map((version) => [
    `v${version}`,
    { $ref: `#/components/messages/${messageName(contract, version)}` },
  ]);
  return { address: ADDRESSES[contract.channel](contract), messages: Object.fromEntries(versions) };
}

function operationsOf(contract: EventContract, system: DeclaredSystem): [string, Json][] {
  const channel = { $ref: `#/channels/${fullName(contract)}` };
  const messages = (versions: readonly number[]) =>
    versions.map((version) => ({ $ref: `${channel.$ref}/messages/v${version}` }));
  const publishers = new Set(publishersOf(system, contract).map(({ name }) => name));
  return [
    ...[...publishers]
      .sort()
      .map((name): [string, Json] => [
        `${name}.send.${contract.name}`,
        { action: 'send', channel, messages: messages([contract.version]) },
      ]),
    ...subscriptionsTo(system, contract).map(({ service, name }): [string, Json] => [
      `${service}.${name}.receive.${contract.name}`,
      { action: 'receive', channel, messages: messages(versionsOf(contract)) },
    ]),
  ];
}

function messagesOf(contract: EventContract): [string, Json][] {
  return versionsOf(contract).map((version) => [
    messageName(contract, version),
    {
      name: contract.name,
      title: `${contract.name} v${version}`,
      contentType: 'application/json',
      payload: {
        type: 'object',
        required: ['source', 'detail-type', 'detail'],
        properties: {
          source: { const: contract.owner },
          'detail-type': { const: contract.name },
          detail: {
            type: 'object',
            required: ['metadata', 'data'],
            properties: {
              metadata: { $ref: '#/components/schemas/Metadata' },
              data: withoutDialect(toJsonSchema(contract, version)),
            },
          },
        },
      },
    },
  ]);
}

function versionsOf(contract: EventContract): number[] {
  const oldest = oldestVersion(contract);
  return Array.from({ length: contract.version - oldest + 1 }, (_, index) => oldest + index);
}

function messageName(contract: EventContract, version: number): string {
  return `${fullName(contract)}.v${version}`;
}

/** Inside of a document, its own dialect applies. */
export function withoutDialect({ $schema: _, ...schema }: Json): Json {
  return schema;
}
