import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import type { HttpRequest } from '../../lambdas/runtime/http/http';
import type { ProcessedRecord } from '../../lambdas/runtime/work/commit';
import type { Parcel } from '../fixture/lambdas/depot/service';
import { room } from '../fixture/lambdas/scales/service';
import { BUS } from './channels';
import { endpointOf, schedulesOf, schemaOf, subscriptionsOf } from './handlers';
import { Invocation } from './invocation';
import { coreSabotages } from './sabotage';
import type { Sabotage, SimulatedSystem, SystemFactory, SystemParts, WorldView } from './system';

export const sabotages = {
  ...coreSabotages,
  'parcels whose reminder never arrived are not found': { stoppedClocks: true },
  'a reminder is dropped by its channel': {
    loses: (event) => event['detail-type'] === 'ParcelDue',
    stoppedClocks: true,
  },
} satisfies Readonly<Record<string, Sabotage>>;

const HOUR_MILLISECONDS = 60 * 60 * 1_000;
const FUNCTION_SECONDS = 30;

/** The fixture services and their clients in one world. */
export function makeSystem(parts: SystemParts): SystemFactory {
  return (world): SimulatedSystem => {
    const people = new People(world, endpointOf(parts, 'depot.register-parcel'));
    let free = 0;
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
      findViolations: (size) => [...findLost(world, people, size), ...findWrongEffects(world, free)],
      outcomes: () => ({
        shipped: parcels().filter(({ status }) => status === 'shipped').length,
        refused: parcels().filter(({ status }) => status === 'refused').length,
      }),
    };
  };
}

/** Finds accepted parcels that are lost or never end. */
function findLost({ services }: WorldView, { accepted }: People, size: number): string[] {
  const parcels = services.items<Parcel>('depot', 'parcels');
  const known = new Set(parcels.map(({ parcelId }) => parcelId));
  return [
    ...[...accepted].filter((id) => !known.has(id)).map((id) => `Parcel ${id} was accepted and is lost.`),
    ...parcels.filter(({ status }) => status === 'registered').map(({ parcelId }) => `Parcel ${parcelId} never ended.`),
    ...(accepted.size === size ? [] : [`${size} parcels were brought, ${accepted.size} accepted.`]),
  ];
}

/** Finds events with no effect or two, and effects without an event. */
function findWrongEffects({ services }: WorldView, roomBefore: number): string[] {
  const free = services.items<{ free: number }>('scales', 'room')[0]?.free ?? 0;
  const weighed = services.items<{ outcome: string }>('scales', 'weighings').filter((one) => one.outcome === 'weighed');
  const records = ['depot', 'scales'].flatMap((service) => services.items<ProcessedRecord>(service, 'records'));
  const events = records.flatMap(({ outbox }) => JSON.parse(outbox ?? '[]') as OutgoingEvent[]);
  const sent = new Set(events.map(({ detail }) => detail.metadata.id));
  const closed = events
    .filter(({ name }) => name === 'ParcelClosed')
    .map(({ detail }) => detail.data as { parcelId: string });
  const twice = closed.filter(({ parcelId }, index) => closed.findIndex((one) => one.parcelId === parcelId) !== index);
  const refused = services.items<{ outcome: string }>('scales', 'weighings').filter((one) => one.outcome === 'refused');
  const counted = services.items<{ refused: number }>('scales', 'tally')[0]?.refused ?? 0;
  const received = new Set(records.map(({ id }) => id));
  const answers = events.filter(({ name }) => name === 'ParcelWeighed' || name === 'ParcelRefused');
  const unheard = answers.filter(({ detail }) => !received.has(`depot.close-parcel#${detail.metadata.id}`));
  const phantoms = records
    .filter(({ id }) => !/^depot\.(register-parcel|find-late)#/.test(id))
    .filter(({ id }) => !sent.has(id.slice(id.indexOf('#') + 1)));
  return [
    ...(free < 0 ? [`There is room for ${free} parcels.`] : []),
    ...(free + weighed.length === roomBefore
      ? []
      : [`${roomBefore - free} places are taken by ${weighed.length} parcels.`]),
    ...(counted === refused.length ? [] : [`${counted} refusals are counted, ${refused.length} parcels were refused.`]),
    ...twice.map(({ parcelId }) => `Parcel ${parcelId} was closed twice.`),
    ...unheard.map(({ name, detail }) => `${name} ${detail.metadata.id} has no effect at depot.close-parcel.`),
    ...phantoms.map(({ id }) => `${id} processed an event that was never published.`),
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
      const parcelId = `parcel-${number}`;
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
    const invocation = new Invocation(world, `depot.register-parcel ${parcelId}`, again, FUNCTION_SECONDS);
    invocation.run(
      () => this.register.run(toRequest(parcelId), world.runtime('depot', 'depot.register-parcel', invocation)),
      ({ statusCode }) => {
        if (statusCode === 202) this.accepted.add(parcelId);
        else again();
      },
      again,
    );
  }
}

function toRequest(parcelId: string): HttpRequest {
  return {
    version: '2.0',
    routeKey: 'POST /parcels',
    rawPath: '/parcels',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'idempotency-key': parcelId },
    requestContext: {} as HttpRequest['requestContext'],
    isBase64Encoded: false,
    body: JSON.stringify({ parcelId, grams: 100 }),
  };
}
