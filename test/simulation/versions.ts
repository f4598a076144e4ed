import { isDeepStrictEqual } from 'node:util';
import type { EventContract } from '../../contracts/core/contract';
import { type Consumer, consume } from '../../lambdas/runtime/consume/consume';
import type { BusEvent } from '../../lambdas/runtime/events/bus-event';
import type { SimulatedSubscription } from './system';

/**
 * A rolling deployment: instances with the code before the last version of a contract run beside new ones. They park what is newer
 * than they support, as their real code does. The other messages are processed as now.
 *
 * @returns undefined if no contract of the consumer has an earlier version
 */
export function olderRun({ subscription, run }: Consumer): SimulatedSubscription['run'] | undefined {
  const older = subscription.to.map((contract) => olderContract(contract) ?? contract);
  if (older.every((contract, index) => contract === subscription.to[index])) return undefined;
  const before: Consumer = consume({ ...subscription, to: older }, () => {
    throw new Error('A version that is not supported reached its handler.');
  });
  const isNewer = (body: string) => {
    const { source, 'detail-type': name, detail } = JSON.parse(body) as BusEvent;
    const known = older.find((contract) => contract.owner === source && contract.name === name);
    return known !== undefined && detail.metadata.version > known.version;
  };
  return async ({ Records }, runtime) => {
    const parts = [
      before.run({ Records: Records.filter(({ body }) => isNewer(body)) }, runtime),
      run({ Records: Records.filter(({ body }) => !isNewer(body)) }, runtime),
    ];
    return { batchItemFailures: (await Promise.all(parts)).flatMap(({ batchItemFailures }) => batchItemFailures) };
  };
}

/** The event as its publisher's code before the last version sent it. The same event if its data differs between the versions. */
export function olderEvent(event: BusEvent, contract: EventContract): BusEvent {
  const older = olderContract(contract);
  const { data, metadata } = event.detail;
  const parsed = older?.schema.safeParse(data);
  if (!older || !parsed?.success || metadata.version !== contract.version) return event;
  if (!isDeepStrictEqual(contract.upcasts?.[older.version]?.up(parsed.data), data)) return event;
  return { ...event, detail: { ...event.detail, metadata: { ...metadata, version: older.version } } };
}

function olderContract(contract: EventContract): EventContract | undefined {
  const version = contract.version - 1;
  const schema = contract.upcasts?.[version]?.schema;
  return schema && { ...contract, version, schema, upcasts: undefined };
}
