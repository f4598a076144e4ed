import { cbor } from '@smithy/core/cbor';
import {
  LightClient,
  type LightCommand,
  type LightSettings,
  type Protocol,
  type Service,
  ServiceException,
} from './client';

/** The exports of a module that replaces one of the SDK's clients in bundles. */
export interface LightService {
  readonly Client: new (settings: LightSettings) => LightClient;
  /**
   * Makes the class of a command.
   *
   * @param complete returns what is sent for an input. Default: the input
   */
  command<Input extends object>(operation: string, complete?: (input: Input) => object): CommandClass<Input>;
  /** Makes the class of an error, for `error instanceof …`. */
  exception(name: string): typeof ServiceException;
}

type CommandClass<Input> = new (input: Input) => LightCommand & { readonly input: Input };

/** Describes a service of which the runtime makes a few calls. */
export function lightService(service: Service): LightService {
  const exceptions = new Map<string, typeof ServiceException>();
  return {
    Client: class extends LightClient {
      constructor(settings: LightSettings) {
        super(service, exceptions, settings);
      }
    },
    command: <Input extends object>(operation: string, complete: (input: Input) => object = (input) => input) =>
      class {
        constructor(readonly input: Input) {}

        toCall() {
          return { operation, input: complete(this.input) };
        }
      },
    exception: (name) => {
      const Exception = class extends ServiceException {};
      exceptions.set(name, Exception);
      return Exception;
    },
  };
}

/**
 * The protocols `awsJson1_0` and `awsJson1_1`: the operation is in a header.
 *
 * @param target the first part of the header `X-Amz-Target`
 */
export function awsJson(version: '1.0' | '1.1', target: string): Protocol {
  const type = `application/x-amz-json-${version}`;
  return {
    request: (operation, input) => ({
      path: '/',
      headers: { 'Content-Type': type, 'X-Amz-Target': `${target}.${operation}` },
      body: JSON.stringify(input),
    }),
    read: readJson,
  };
}

export function readJson(body: Buffer): Readonly<Record<string, unknown>> | null {
  return JSON.parse(body.toString()) as Readonly<Record<string, unknown>> | null;
}

/** The protocol `smithy-rpc-v2-cbor`. @param service its name in Smithy's model, e.g. `AWSEventsV2` */
export function rpcV2Cbor(service: string): Protocol {
  const type = 'application/cbor';
  return {
    request: (operation, input) => ({
      path: `/service/${service}/operation/${operation}`,
      headers: { 'Smithy-Protocol': 'rpc-v2-cbor', 'Content-Type': type, Accept: type },
      body: Buffer.from(cbor.serialize(input)),
    }),
    read: (body) => cbor.deserialize(body),
  };
}
