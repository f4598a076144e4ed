import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { Lifetime } from '../../cli/lifetime';
import type { EventContract } from '../../contracts/core/contract';
import { loadContracts } from '../../contracts/core/load-contracts';
import { SdkClients } from '../../deployed/clients';
import { everyStage, render, SynthesisedApp, type Value } from '../infrastructure/app';
import { SYNTHESIS_TIMEOUT, synthesise } from '../infrastructure/synthesis';
import { type Envelope, matchPatterns } from './event-ruler/event-ruler';
import { startMiniStack } from './ministack';
import { installedTools } from './tools';

interface Rule {
  readonly EventPattern: object;
  /** None where EventBridge only counts the events that match. */
  readonly Targets?: readonly { readonly Arn: Value }[];
}

interface Subscriber {
  readonly FilterConfiguration: { readonly Filters: readonly { readonly Pattern: string }[] };
  readonly InvokeConfiguration: { readonly TargetArn: Value };
}

/** An event's source and name. */
interface Origin {
  readonly source: string;
  readonly name: string;
}

/** Returns the names of the matching patterns for each event, sorted. */
type Matcher = (patterns: Readonly<Record<string, object>>, events: readonly Envelope[]) => Promise<string[][]>;

const ACCOUNT = '000000000000';
const { ruler } = installedTools();

let apps: readonly SynthesisedApp[];
let contracts: readonly EventContract[];
beforeAll(async () => {
  apps = [new SynthesisedApp('prod', await synthesise('prod', 'v2')), ...Object.values(await everyStage())];
  contracts = (await loadContracts()).filter(({ channel }) => channel !== 'topic');
}, SYNTHESIS_TIMEOUT);

(ruler ? describe : describe.skip)('event-ruler', () => {
  const match: Matcher = (patterns, events) => matchPatterns(ruler ?? '', patterns, events);

  it('delivers each event to its subscribers and the journal, and to nothing else', async () => {
    expect(contracts.length).toBeGreaterThan(0);
    await expectRouted(match, apps, published(), subscribersOf);
  });

  it('keeps an event whose source is not its owner as a dead letter, and delivers it to no subscriber', async () => {
    const spoofed = published().flatMap(({ source, name }) =>
      lookalikes(source, name).map((other) => ({ source: other, name })),
    );
    await expectRouted(match, apps, spoofed, unrouted);
  });

  it('keeps an event of an unknown name as a dead letter', async () => {
    const unknown = published().flatMap(({ source, name }) =>
      [name.toLowerCase(), `${name}V2`, name.slice(0, -1)].map((other) => ({ source, name: other })),
    );
    await expectRouted(match, apps, unknown, unrouted);
  });

  it('lets only new records with an outbox reach the relays', async () => {
    const stored = { id: { S: 'one' }, outbox: { S: '[]' } };
    const inserted = { eventName: 'INSERT', dynamodb: { NewImage: stored } };
    const others = [
      { eventName: 'INSERT', dynamodb: { NewImage: { id: stored.id } } },
      { eventName: 'MODIFY', dynamodb: { NewImage: stored, OldImage: stored } },
      { eventName: 'REMOVE', dynamodb: { OldImage: stored } },
    ];
    const item = { id: { S: 'one' }, _receipts: { L: [{ S: '0.one' }] } };
    const recorded = ['INSERT', 'MODIFY'].map((eventName) => {
      return { eventName, dynamodb: { NewImage: { ...item, _recorded: { BOOL: true } }, OldImage: item } };
    });
    const unrecorded = { eventName: 'MODIFY', dynamodb: { NewImage: item, OldImage: recorded[0]?.dynamodb.NewImage } };
    const filters = Object.fromEntries(apps.flatMap(streamFilters));
    const [inboxes, tables] = [true, false].map((isInbox) =>
      Object.keys(filters)
        .filter((name) => JSON.stringify(filters[name]).includes('_recorded') === isInbox)
        .sort(),
    );
    expect([inboxes?.length, tables?.length]).not.toContain(0);
    const expected = [tables, ...recorded.map(() => inboxes), ...others.map(() => []), []];
    expect(await match(filters, [inserted, ...recorded, ...others, unrecorded])).toEqual(expected);
  });
});

describe('the emulator', () => {
  const lifetime = new Lifetime();
  let client: EventBridgeClient | undefined;
  beforeAll(async () => {
    const endpoint = await startMiniStack(lifetime);
    client = endpoint === undefined ? undefined : new SdkClients(endpoint).of(EventBridgeClient);
  });
  afterAll(() => lifetime.end());

  const isMatch = async (pattern: object, event: Envelope) => {
    const [EventPattern, Event] = [JSON.stringify(pattern), JSON.stringify(event)];
    return (await client?.send(new TestEventPatternCommand({ EventPattern, Event })))?.Result === true;
  };
  const match: Matcher = async (patterns, events) => {
    const matched: string[][] = [];
    for (const event of events) {
      const answers = Object.entries(patterns).map(async ([name, pattern]) =>
        (await isMatch(pattern, event)) ? [name] : [],
      );
      matched.push((await Promise.all(answers)).flat().sort());
    }
    return matched;
  };

  it('delivers as event-ruler does', async () => {
    if (!client) return;
    const last = apps.slice(-1);
    await expectRouted(match, last, published(), subscribersOf);
    const spoofed = published().map(({ source, name }) => ({ source: lookalikes(source, name)[0] ?? '', name }));
    await expectRouted(match, last, spoofed, unrouted);
  });
});

/** Checks that each event reaches the expected queues, and the journal's. */
async function expectRouted(
  match: Matcher,
  stages: readonly SynthesisedApp[],
  events: readonly Origin[],
  queuesOf: (app: SynthesisedApp, event: Origin) => string[],
): Promise<void> {
  const rules = stages.flatMap((app, index) =>
    rulesOf(app).map((rule) => ({ app, key: `${index}/${rule.name}`, ...rule })),
  );
  const patterns = Object.fromEntries(rules.map(({ key, properties }) => [key, properties.EventPattern]));
  const matched = await match(patterns, events.map(envelope));
  for (const app of stages) {
    const actual = events.map((event, index) => {
      const hit = rules.filter((rule) => rule.app === app && matched[index]?.includes(rule.key));
      return { ...event, queues: hit.flatMap((rule) => targetsOf(app, rule)).sort() };
    });
    expect(actual).toEqual(
      events.map((event) => ({ ...event, queues: [...queuesOf(app, event), ...journal(app)].sort() })),
    );
  }
}

/** The rules of a classic bus, or the subscribers of a Custom Event Bus. */
function rulesOf(app: SynthesisedApp) {
  const rules = app.resources<Rule>('AWS::Events::Rule').filter(({ properties }) => 'EventPattern' in properties);
  const subscribers = app.resources<Subscriber>('AWS::EventsV2::Subscriber').map(({ properties, ...resource }) => {
    const [{ Pattern } = { Pattern: '{}' }] = properties.FilterConfiguration.Filters;
    const { TargetArn: Arn } = properties.InvokeConfiguration;
    return { ...resource, properties: { EventPattern: JSON.parse(Pattern) as object, Targets: [{ Arn }] } };
  });
  return [...rules, ...subscribers];
}

/** The events of all contracts, as their owners publish them. */
function published(): Origin[] {
  return contracts.map(({ owner, name }) => ({ source: owner, name }));
}

/** Invalid sources of this event: other services, and similar names. */
function lookalikes(owner: string, name: string): string[] {
  const owners = contracts.filter((one) => one.name !== name && one.owner !== owner).map((one) => one.owner);
  return [...new Set(owners), `${owner} `, owner.toUpperCase(), `${owner}.internal`, 'aws.events', '*'];
}

function envelope({ source, name }: Origin): Envelope {
  return {
    ...{ version: '0', id: '6f1c0d0e-0000-4000-8000-000000000000', 'detail-type': name, source, account: ACCOUNT },
    ...{ time: '2026-01-01T00:00:00Z', region: 'eu-central-1', resources: [] },
    detail: { metadata: { id: 'one', version: 1 }, data: {} },
  };
}

/** A reminder is only announced on the bus, and reaches its subscriber without it. */
function subscribersOf(app: SynthesisedApp, { source, name }: Origin): string[] {
  if (contracts.find((one) => one.owner === source && one.name === name)?.channel === 'reminder') return [];
  return app.services.flatMap((service) =>
    app
      .manifest(service)
      .subscriptions.filter(({ to }) => to.includes(`${source}.${name}`))
      .map(({ queue }) => `${service}/${queue}`),
  );
}

function unrouted(app: SynthesisedApp): string[] {
  return [`broker/${app.brokerManifest.deadLetterQueue}`];
}

function journal(app: SynthesisedApp): string[] {
  const { queue } = app.journalManifest ?? {};
  return queue ? [`journal/${queue}`] : [];
}

/** The queues of a rule, written as in manifests. */
function targetsOf(
  app: SynthesisedApp,
  { stack, properties }: { readonly stack: string; readonly properties: Rule },
): string[] {
  return (properties.Targets ?? []).map(({ Arn }) => `${stack}/<${app.target({ stack }, Arn)?.id ?? render(Arn)}>`);
}

/** The filters of stream mappings, by the names of the mappings. */
function streamFilters(app: SynthesisedApp): [string, object][] {
  return app
    .resources<{ FilterCriteria?: { Filters: { Pattern: string }[] } }>('AWS::Lambda::EventSourceMapping')
    .flatMap(({ name, properties }) =>
      (properties.FilterCriteria?.Filters ?? []).map((filter): [string, object] => [
        `${app.stage}/${name}`,
        JSON.parse(filter.Pattern),
      ]),
    );
}
