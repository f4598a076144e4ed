import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import { checkEffects, emittedEvents } from '../../observe/effects';
import { checkQueue } from '../../observe/histories';
import type { Parcel } from '../fixture/lambdas/depot/service';
import { room } from '../fixture/lambdas/scales/service';
import { httpRequest } from '../support/http-request';
import { BUS } from './channels';
import { endpointOf, schedulesOf, schemaOf, subscriptionsOf } from './handlers';
import { Invocation } from './invocation';
import { changeWrites, coreSabotages } from './sabotage';
import { simulatorOf } from './simulator';
import type { Sabotage, SimulatedSystem, SystemFactory, SystemParts, WorldView } from './system';

export const sabotages = {
  ...coreSabotages,
  'an inbox forgets the answer to a request': changeWrites((write) =>
    write.kind !== 'adjust' && write.receipts
      ? { ...write, receipts: write.receipts.map((receipt) => receipt.replace(/,"hash":.*}$/, '}')) }
      : write,
  ),
  'parcels whose reminder never arrived are not found': { stoppedClocks: true },
  'a reminder is dropped by its channel': {
    loses: (event) => event['detail-type'] === 'ParcelDue',
    stoppedClocks: true,
  },
  'a relay sends a reminder without its group': {
    publisher: (publisher) => ({
      ...publisher,
      send: (events) => publisher.send(events.map(({ group: _, ...event }) => event)),
    }),
  },
} satisfies Readonly<Record<string, Sabotage>>;

const HOUR_MILLISECONDS = 60 * 60 * 1_000;
const FUNCTION_SECONDS = 30;

export const simulator = (parts: SystemParts) => simulatorOf(makeSystem(parts), sabotages);

/** The fixture services and their clients in one world. */
function makeSystem(parts: SystemParts): SystemFactory {
  return (world): SimulatedSystem => {
    const people = new People(world, endpointOf(parts, 'depot.register-parcel'));
    let free = 0;
    const broken: string[] = [];
    const parcels = () => world.services.items<Parcel>('depot', 'parcels');
    return {
      subscriptions: subscriptionsOf(parts),
      schedules: schedulesOf(parts, () => parcels().some(({ open }) => open !== undefined)),
      schemaOf: (table) => schemaOf(parts, table),
      losableAs({ 'detail-type': name }) {
        if (name === 'ParcelDue') {
          world.wind();
          return 'reminder lost';
        }
        return name === 'ParcelRegistered' ? 'lost on its way' : undefined;
      },
      async begin(size) {
        free = world.chance.whole('room', 0, size);
        const item = { id: 'all', free };
        await world.services.seed('scales', [{ kind: 'create', ref: room('all'), item }]);
        for (const service of ['depot', 'scales', BUS]) planOutage(world, service);
        people.bring(size);
      },
      watch(changes) {
        for (const { table, image } of changes) {
          if (table === 'scales.room' && Number(image.free?.N) < 0)
            broken.push(`There is room for ${image.free?.N} parcels.`);
        }
      },
      findViolations: (size) => [...findLost(world, people, size), ...findWrongEffects(world, parts, free), ...broken],
      outcomes: () => ({
        shipped: parcels().filter(({ status }) => status === 'shipped').length,
        refused: parcels().filter(({ status }) => status === 'refused').length,
      }),
    };
  };
}

/** Finds accepted parcels that are lost or never end, and parcels that nobody brought. */
function findLost({ services }: WorldView, { accepted }: People, size: number): string[] {
  const parcels = services.items<Parcel>('depot', 'parcels');
  const { lost, unexpected } = checkQueue({
    attempted: Array.from({ length: size }, (_, index) => parcelIdOf(index + 1)),
    accepted,
    effects: parcels.map(({ parcelId }) => parcelId),
  });
  return [
    ...lost.map((id) => `Parcel ${id} was accepted and is lost.`),
    ...unexpected.map((id) => `Nobody has brought parcel ${id}.`),
    ...parcels.filter(({ status }) => status === 'registered').map(({ parcelId }) => `Parcel ${parcelId} never ended.`),
    ...(accepted.size === size ? [] : [`${size} parcels were brought, ${accepted.size} accepted.`]),
  ];
}

/** A view that applies an event twice, or not at all, has another number for good. */
function wrongTotals(services: WorldView['services'], emitted: readonly OutgoingEvent[]): string[] {
  const totals = services.items<{ status: string; parcels: number }>('depot', 'totals');
  const closed = new Map(
    emitted.filter(({ name }) => name === 'ParcelClosed').map((one) => [one.detail.metadata.id, one]),
  );
  return ['shipped', 'refused'].flatMap((status) => {
    const total = totals.find((one) => one.status === status)?.parcels ?? 0;
    const right = [...closed.values()].filter(({ detail }) => (detail.data as { status: string }).status === status);
    return total === right.length ? [] : [`${total} parcels are counted as ${status}, ${right.length} are.`];
  });
}

function receiptsWithoutRecord(receipts: readonly string[], records: readonly { readonly id: string }[]) {
  const recorded = new Set(records.map(({ id }) => id));
  return receipts.filter((id) => !recorded.delete(id)).map((id) => ({ id }));
}

/** Finds events with no effect or two, effects without an event, and effects that contradict each other. */
function findWrongEffects({ services }: WorldView, parts: SystemParts, roomBefore: number): string[] {
  const records = parts.manifests.flatMap(({ service }) => services.effects(service));
  const emitted = emittedEvents(records);
  const { undelivered, phantoms, reusedIds } = checkEffects({
    records: [...records, ...receiptsWithoutRecord(services.receipts(parts.manifests), records)],
    emitted,
    services: parts.manifests,
    // Parcels are repeated until they are weighed, and reminders can be lost.
    isAwaited: ({ name }) => name === 'ParcelWeighed' || name === 'ParcelRefused',
    describe: ({ name, detail }) => `${name} ${detail.metadata.id}`,
  });
  const closed = emitted
    .filter(({ name }) => name === 'ParcelClosed')
    .map(({ detail }) => (detail.data as { parcelId: string }).parcelId);
  const { repeated } = checkQueue({ attempted: closed, accepted: closed, effects: closed });
  const free = services.items<{ free: number }>('scales', 'room')[0]?.free ?? 0;
  const weighings = services.items<{ outcome: string }>('scales', 'weighings');
  const count = (outcome: string) => weighings.filter((one) => one.outcome === outcome).length;
  const counted = services.items<{ refused: number }>('scales', 'tally')[0]?.refused ?? 0;
  return [
    ...(free + count('weighed') === roomBefore
      ? []
      : [`${roomBefore - free} places are taken by ${count('weighed')} parcels.`]),
    ...(counted === count('refused')
      ? []
      : [`${counted} refusals are counted, ${count('refused')} parcels were refused.`]),
    ...wrongTotals(services, emitted),
    ...repeated.map(({ id, times }) => `Parcel ${id} was closed ${times} times.`),
    ...[...undelivered, ...phantoms, ...reusedIds],
  ];
}

function planOutage({ chance, faults, time }: WorldView, service: string): void {
  if (chance.number(`outage of ${service}`) < 0.7) return;
  const from = time.now + chance.number(`outage of ${service} from`) * HOUR_MILLISECONDS;
  faults.plan({ service, from, to: from + chance.number(`outage of ${service} for`) * HOUR_MILLISECONDS });
}

/** One in this number of parcels is sent alone. The others are sent at the same time. */
const ALONE = 3;

/** Clients that send parcels within an hour, and repeat each request under its key until it is accepted. */
class People {
  readonly accepted = new Set<string>();

  constructor(
    private readonly world: WorldView,
    private readonly register: HttpHandler,
  ) {}

  bring(parcels: number): void {
    const { chance, time } = this.world;
    const togetherAt = chance.number('together at');
    for (let number = 1; number <= parcels; number++) {
      const parcelId = parcelIdOf(number);
      const send = () => this.send(parcelId);
      const at = (number % ALONE === 0 ? chance.number(`${parcelId} at`) : togetherAt) * HOUR_MILLISECONDS;
      time.after(at, send);
      // Some clients send the request twice.
      if (chance.number(`${parcelId} twice`) < 0.1) time.after(at, send);
    }
  }

  private send(parcelId: string): void {
    const { world } = this;
    const again = () =>
      world.time.after(2_000 + world.chance.number(`${parcelId} again`) * 60_000, () => this.send(parcelId));
    const request = httpRequest('POST /parcels', { parcelId, grams: 100 }, {}, { 'idempotency-key': parcelId });
    const invocation = new Invocation(world, `depot.register-parcel ${parcelId}`, again, FUNCTION_SECONDS);
    invocation.run(
      () => this.register.run(request, world.runtime('depot', 'depot.register-parcel', invocation)),
      ({ statusCode }) => {
        if (statusCode === 202) this.accepted.add(parcelId);
        else again();
      },
      again,
    );
  }
}

function parcelIdOf(number: number): string {
  return `parcel-${number}`;
}
