import { serviceOf } from '../../deployed/discover';
import { busClient, putEvents } from '../../lambdas/runtime/publish/bus';
import type { EntryResult, Publisher } from '../../lambdas/runtime/publish/publish';
import type { Context } from '../command';
import { relayPublisher } from '../relay';
import type { Destination, RawEvent } from './destination';
import { sqsQueue } from './message-queue';

/** The reason why a dead letter was not sent. Undefined if it was sent. */
export type Refusal = string | undefined;

/**
 * Returns a function that sends dead letters of one queue to their destinations.
 *
 * @returns one refusal for each destination, in the same order
 */
export function createSender(context: Context): (destinations: readonly Destination[]) => Promise<Refusal[]> {
  const publishers = new Map<string, Promise<Publisher>>();
  const publisherOf = (service: string) => {
    const known = publishers.get(service) ?? relayPublisher(serviceOf(context.deployment, service), context);
    publishers.set(service, known);
    return known;
  };
  const toQueue = async (url: string, bodies: readonly string[]) => {
    const refused = await sqsQueue(context.clients.sqs, url).send(bodies);
    return bodies.map((_, index) => refused.get(index));
  };
  return async (destinations) => {
    const refusals = destinations.map(refusalOf);
    const sendAll = async <To extends Destination['to']>(
      to: To,
      send: (group: readonly Extract<Destination, { to: To }>[]) => Promise<readonly Refusal[]>,
    ) => {
      const group = destinations.flatMap((destination, index) =>
        destination.to === to ? [{ index, destination: destination as Extract<Destination, { to: To }> }] : [],
      );
      if (group.length === 0) return;
      const answers = await send(group.map(({ destination }) => destination));
      for (const [place, { index }] of group.entries()) refusals[index] = answers[place];
    };
    // All dead letters of a queue have the same source queue or service.
    await sendAll('queue', (group) =>
      toQueue(
        group[0]?.url ?? '',
        group.map(({ body }) => body),
      ),
    );
    await sendAll('channel', async (group) => {
      const publisher = await publisherOf(group[0]?.service ?? '');
      return (await publisher.send(group.map(({ event }) => event))).map(errorOf);
    });
    await sendAll('bus', (group) => Promise.all(group.map(({ event }) => putOnBus(event, context))));
    return refusals;
  };
}

/** Returns why a destination cannot be reached at all. */
export function refusalOf(destination: Destination): Refusal {
  return destination.to === 'nowhere' ? destination.why : undefined;
}

function errorOf(result: EntryResult): Refusal {
  return result.kind === 'published' ? undefined : result.error;
}

/** One event per call, because several may exceed the size limit of a call, and few events are sent here. */
async function putOnBus(event: RawEvent, { deployment: { broker, clients } }: Context): Promise<Refusal> {
  const { source, 'detail-type': name, detail, time, resources = [] } = event;
  const entry = {
    Source: source,
    DetailType: name,
    Detail: JSON.stringify(detail),
    Resources: [...resources],
    ...(time && { Time: new Date(time) }),
  };
  const { arn } = broker.bus;
  const [result] = await putEvents(clients.of(busClient(arn)), arn, [entry]);
  const { ErrorCode, ErrorMessage = '' } = result ?? { ErrorCode: 'NoAnswer' };
  return ErrorCode && `${ErrorCode}: ${ErrorMessage}`;
}
