import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  type PutEventsCommandInput,
  type PutEventsCommandOutput,
} from '@aws-sdk/client-eventbridge';
import { partition } from '@aws-sdk/core/client';
import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { makeBuilder } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';
import { TypeRegistry } from '@smithy/core/schema';
import type { StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';

/**
 * The part of EventBridge's API `eventbridgev2` that relays call, after AWS's model of it: `eventbridgev2/2025-05-15/service-2.json` in
 * botocore 1.44.8. Replace it with `@aws-sdk/client-eventbridgev2` once npm has that package. `test/fidelity/bus-v2.test.ts` compares
 * both sides of a call with botocore.
 */
const SERVICE = 'AWSEventsV2';
const NAMESPACE = 'com.amazonaws.eventbridgev2';

/** A client of the Custom Event Bus. It signs, retries and reads its settings as that of the classic bus does. */
export class EventBusV2Client extends EventBridgeClient {
  constructor(settings: EventBridgeClientConfig) {
    super({
      ...settings,
      serviceId: 'EventBridgeV2',
      protocol: AwsSmithyRpcV2CborProtocol,
      protocolSettings: {
        defaultNamespace: NAMESPACE,
        serviceTarget: SERVICE,
        errorTypeRegistries: [TypeRegistry.for(NAMESPACE)],
      },
      endpointProvider: ({ Endpoint, Region = '', UseFIPS, UseDualStack }) => {
        if (Endpoint) return { url: new URL(Endpoint) };
        const { dnsSuffix, dualStackDnsSuffix } = partition(Region);
        const host = `eventsv2${UseFIPS ? '-fips' : ''}.${Region}.${UseDualStack ? dualStackDnsSuffix : dnsSuffix}`;
        return { url: new URL(`https://${host}`) };
      },
    });
  }
}

/** Members of a structure: a string, an integer, a list of strings, a time (Smithy's numbers of simple types). */
const [STRING, INTEGER, STRINGS, TIME] = [0, 1, 64, 4] as const;

const entry: StaticStructureSchema = [
  3,
  NAMESPACE,
  'PutEventsRequestEntry',
  0,
  ['Source', 'DetailType', 'Detail', 'Resources', 'Time'],
  [STRING, STRING, STRING, STRINGS, TIME],
];
const entries: StaticListSchema = [1, NAMESPACE, 'PutEventsRequestEntryList', 0, () => entry];
const request: StaticStructureSchema = [
  3,
  NAMESPACE,
  'PutEventsRequest',
  0,
  ['EventBusArn', 'Entries'],
  [STRING, () => entries],
];
const result: StaticStructureSchema = [
  3,
  NAMESPACE,
  'PutEventsResultEntry',
  0,
  ['EventId', 'ErrorCode', 'ErrorMessage'],
  [STRING, STRING, STRING],
];
const results: StaticListSchema = [1, NAMESPACE, 'PutEventsResultEntryList', 0, () => result];
const response: StaticStructureSchema = [
  3,
  NAMESPACE,
  'PutEventsResponse',
  0,
  ['FailedEntryCount', 'Entries'],
  [INTEGER, () => results],
];
const operation: StaticOperationSchema = [9, NAMESPACE, 'PutEvents', 0, () => request, () => response];

const endpointParameters = {
  Region: { type: 'builtInParams', name: 'region' },
  Endpoint: { type: 'builtInParams', name: 'endpoint' },
  UseFIPS: { type: 'builtInParams', name: 'useFipsEndpoint' },
  UseDualStack: { type: 'builtInParams', name: 'useDualstackEndpoint' },
} as const;

interface PutEventsV2Input extends Pick<PutEventsCommandInput, 'Entries'> {
  readonly EventBusArn: string;
}

const command = makeBuilder(endpointParameters, SERVICE, 'EventBridgeV2Client', getEndpointPlugin);

/** Publishes up to 100 events on a Custom Event Bus. */
export class PutEventsV2Command extends command<PutEventsV2Input, PutEventsCommandOutput>(
  {},
  () => [],
  'PutEvents',
  operation,
) {}
