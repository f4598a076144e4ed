import { UsageError } from '../../cli/failure';
import type { EventContract } from '../../contracts/core/contract';
import type { Deployment } from '../../deployed/discover';
import { findFlow } from '../../observe/find-flow';
import { tablesOf } from '../../observe/tables';
import type { FlowState, SystemInfo } from '../api';
import type { ConsoleExtension, FaultSwitch } from '../extension';
import type { Choice, DeadLetters } from './dead-letters';
import { readFaults, switchConsumer } from './faults';
import { NotFound } from './not-found';
import { acknowledgeOne, compareAgain, viewReconciliation } from './reconciliation';
import type { Sender } from './send';
import type { Steady } from './steady';
import { readTable } from './tables';
import { logsOf, traceFlow } from './trace';
import type { FlowViews } from './views';
import type { Watch } from './watch';

/** The parts of the console that routes use. */
export interface Parts {
  readonly deployment: Deployment;
  readonly extension: Partial<ConsoleExtension>;
  readonly faults: readonly FaultSwitch[];
  readonly info: SystemInfo;
  readonly watch: Watch;
  readonly views: FlowViews;
  readonly deadLetters: DeadLetters;
  readonly contracts: readonly EventContract[];
  readonly sender: Sender;
  readonly steady: Steady;
}

const STATES: readonly string[] = ['running', 'stuck', 'settled'];
const MAX_LIST = 5_000;
const DEFAULT_LIST = 200;

interface Read {
  /** The rest of the path after the route's name. Empty if there is none. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** Whether personal values are shown. */
  readonly personal: boolean;
}

/** `GET /api/<name>[/<id>]`. */
const READS: Readonly<Record<string, (read: Read, parts: Parts) => unknown>> = {
  system: (_, { info }) => info,
  snapshot: (_, { watch }) => watch.current(),
  'dead-letters': async ({ personal }, { watch, deadLetters }) => {
    await deadLetters.refresh(await watch.current());
    return deadLetters.list(personal);
  },
  flows: ({ id, query, personal }, parts) => (id === '' ? listFlows(query, parts) : readFlow(id, personal, parts)),
  logs: ({ id, query }, { deployment }) => logsOf(deployment, [id, ...query.getAll('or')], timeOf(query.get('since'))),
  search: async ({ query }, { watch, deadLetters, deployment }) => {
    const id = (query.get('q') ?? '').trim();
    if (id === '') return { correlationId: null };
    const dead = deadLetters.list(false).find(({ messageId }) => messageId === id);
    const known = watch.flows.find(id) ?? dead?.correlationId ?? (await findFlow(deployment, id));
    return { correlationId: known ?? null };
  },
  tables: ({ id, query, personal }, { deployment, contracts }) =>
    id === ''
      ? tablesOf(deployment).map(({ name }) => name)
      : readTable(deployment, contracts, id, { key: query.get('key') ?? undefined, personal }),
  reconciliation: ({ id, query, personal }, { deployment, contracts }) =>
    viewReconciliation(deployment, contracts, {
      ...(id && { service: id }),
      ...(query.has('date') && { date: query.get('date') ?? '' }),
      personal,
    }),
  sendables: (_, { sender, info }) => (info.stage === 'prod' ? [] : sender.list()),
  faults: (_, { deployment, faults, info }) => (info.isLocal ? readFaults(deployment, faults) : []),
};

/** Answers a `GET`. @throws NotFound, or any error of AWS */
export async function read(path: string, query: URLSearchParams, parts: Parts): Promise<unknown> {
  const { name, id } = parse(path);
  const route = READS[name];
  if (route === undefined) throw new NotFound(`There is nothing at ${path}.`);
  return route({ id, query, personal: query.get('personal') === '1' }, parts);
}

async function listFlows(query: URLSearchParams, { watch, views, deadLetters }: Parts) {
  await watch.current();
  watch.flows.setDead(deadLetters.byEvent());
  const state = query.get('state') ?? '';
  const limit = Math.min(MAX_LIST, Number(query.get('limit')) || DEFAULT_LIST);
  return views.list(STATES.includes(state) ? (state as FlowState) : undefined, limit, new Date());
}

async function readFlow(id: string, personal: boolean, { deployment, contracts, views }: Parts) {
  const flow = await traceFlow(deployment, contracts, id, personal, views.name);
  if (flow) return flow;
  throw new NotFound(`There is no flow ${id}.`);
}

type Body = Readonly<Record<string, unknown>>;

/** `POST /api/<name>[/<id>]`. Each returns undefined when the stage or the id has no such action. */
const ACTS: Readonly<Record<string, (id: string, body: Body, parts: Parts) => Promise<unknown> | undefined>> = {
  'dead-letters': (id, body, { deadLetters, info }) => {
    if (id === 'redrive') return deadLetters.redrive(choiceOf(body));
    if (id === 'purge') return deadLetters.purge(choiceOf(body));
    return id === 'edit' ? deadLetters.edit(editOf(body), info.identity) : undefined;
  },
  traffic: (id, _, { extension, info, deployment }) => {
    const action = info.stage === 'prod' ? undefined : extension.traffic?.find((one) => one.id === id);
    return action?.run(deployment).then(() => ({ text: `${action.label}: accepted.` }));
  },
  steady: async (id, { perSecond }, { extension, info, deployment, steady }) => {
    if (id === 'stop') {
      steady.stop();
      return { text: 'Stopped.' };
    }
    const action = info.stage === 'prod' ? undefined : extension.traffic?.find((one) => one.id === id);
    if (!action) throw new NotFound(`There is no traffic ${id} on stage ${info.stage}.`);
    steady.start(id, Number(perSecond), () => action.run(deployment));
    return { text: `${action.label}: ${Number(perSecond)} per second.` };
  },
  faults: (id, { on }, { faults, info, deployment }) => {
    const fault = info.isLocal ? faults.find((one) => one.id === id) : undefined;
    return fault?.apply(deployment, on === true).then(() => ({ text: `${fault.label}: ${on ? 'on' : 'off'}.` }));
  },
  consumers: (id, { on }, { info, deployment }) => {
    if (!info.isLocal) return undefined;
    const text = `${id} is ${on ? 'switched on' : 'switched off'}.`;
    return switchConsumer(deployment, id, on === true).then(() => ({ text }));
  },
  reconciliation: (id, body, { deployment }) => {
    if (id === 'run') return compareAgain(deployment, body);
    return id === 'acknowledge' ? acknowledgeOne(deployment, body) : undefined;
  },
  send: (_, { kind, name, content }, { info, sender }) => {
    if (info.stage === 'prod') return undefined;
    return kind === 'request' ? sender.request(String(name), content) : sender.publish(String(name), content);
  },
};

/** Carries out a `POST`. @throws NotFound, UsageError, or any error of AWS */
export async function act(path: string, body: Body, parts: Parts): Promise<unknown> {
  const { name, id } = parse(path);
  const done = ACTS[name]?.(id, body, parts);
  if (done === undefined) throw new NotFound(`There is no action ${path} on stage ${parts.info.stage}.`);
  return done;
}

/** @throws UsageError when it is no time */
function timeOf(text: string | null): Date | undefined {
  if (text === null) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new UsageError(`"${text}" is not a time.`);
  return time;
}

function parse(path: string): { readonly name: string; readonly id: string } {
  const [, name = '', encoded = ''] = /^\/api\/([\w-]+)(?:\/(.+))?$/.exec(path) ?? [];
  return { name, id: decodeURIComponent(encoded) };
}

function choiceOf({ consumer, reason, correlationId, messageIds }: Body): Choice {
  if (typeof consumer !== 'string' || consumer === '') throw new UsageError('Name the consumer of the dead letters.');
  return {
    consumer,
    ...(typeof reason === 'string' && { reason }),
    ...(typeof correlationId === 'string' && { correlationId }),
    ...(Array.isArray(messageIds) && { messageIds: messageIds.map(String) }),
  };
}

function editOf({ consumer, messageId, version, data }: Body) {
  if (typeof consumer !== 'string' || typeof messageId !== 'string')
    throw new UsageError('Name the consumer and the message of the dead letter.');
  if (!Number.isInteger(version)) throw new UsageError('The version must be a whole number.');
  return { consumer, messageId, version: version as number, data };
}
