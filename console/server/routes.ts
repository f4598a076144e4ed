import { Failure, UsageError } from '../../cli/failure';
import type { EventContract } from '../../contracts/core/contract';
import type { Deployment } from '../../deployed/discover';
import { findFlow } from '../../observe/find-flow';
import type { FlowState, SystemInfo } from '../api';
import type { ConsoleExtension } from '../extension';
import { switchConsumer } from './consumers';
import type { Choice, DeadLetters } from './dead-letters';
import { logsOf, traceFlow } from './trace';
import type { FlowViews } from './views';
import type { Watch } from './watch';

/** What the routes work with. */
export interface Parts {
  readonly deployment: Deployment;
  readonly extension: Partial<ConsoleExtension>;
  readonly info: SystemInfo;
  readonly watch: Watch;
  readonly views: FlowViews;
  readonly deadLetters: DeadLetters;
  readonly contracts: readonly EventContract[];
}

/** There is nothing at this address. */
export class NotFound extends Failure {}

const STATES: readonly string[] = ['running', 'stuck', 'settled'];
const MAX_LIST = 5_000;
const DEFAULT_LIST = 200;

/** Answers a `GET`. @throws NotFound, or any error of AWS */
export async function read(path: string, query: URLSearchParams, parts: Parts): Promise<unknown> {
  const { watch, views, deadLetters, info, deployment, contracts } = parts;
  const now = new Date();
  if (path === '/api/system') return info;
  const snapshot = await watch.current();
  if (path === '/api/snapshot') return snapshot;
  if (path === '/api/dead-letters') {
    await deadLetters.refresh(snapshot);
    return deadLetters.list(query.get('personal') === '1');
  }
  watch.flows.setDead(deadLetters.byEvent());
  if (path === '/api/flows') {
    const state = query.get('state') ?? '';
    const limit = Math.min(MAX_LIST, Number(query.get('limit')) || DEFAULT_LIST);
    return views.list(STATES.includes(state) ? (state as FlowState) : undefined, limit, now);
  }
  if (path === '/api/search') {
    const id = (query.get('q') ?? '').trim();
    const dead = deadLetters.list(false).find(({ messageId }) => messageId === id);
    const known = id === '' ? undefined : (watch.flows.find(id) ?? dead?.correlationId);
    return { correlationId: known ?? (id && (await findFlow(deployment, id))) ?? null };
  }
  const [, kind, encoded = ''] = /^\/api\/(flows|logs)\/(.+)$/.exec(path) ?? [];
  const id = decodeURIComponent(encoded);
  if (kind === 'logs') return logsOf(deployment, id);
  if (kind === undefined) throw new NotFound(`There is nothing at ${path}.`);
  const personal = query.get('personal') === '1';
  const flow = await traceFlow(deployment, contracts, id, personal, views.name);
  if (flow) return flow;
  throw new NotFound(`There is no flow ${id}.`);
}

/** Carries out a `POST`. @throws NotFound, UsageError, or any error of AWS */
export async function act(path: string, body: Readonly<Record<string, unknown>>, parts: Parts): Promise<unknown> {
  const { deployment, extension, info, deadLetters } = parts;
  if (path === '/api/dead-letters/redrive') return deadLetters.redrive(choiceOf(body));
  if (path === '/api/dead-letters/purge') return deadLetters.purge(choiceOf(body));
  const [, kind, id = ''] = /^\/api\/(traffic|faults|consumers)\/([\w.-]+)$/.exec(path) ?? [];
  const on = body.on === true;
  if (kind === 'traffic' && info.stage !== 'prod') {
    const action = extension.traffic?.find((one) => one.id === id);
    if (action) return action.run(deployment).then(() => ({ text: `${action.label}: accepted.` }));
  }
  if (kind === 'faults' && info.isLocal) {
    const fault = extension.faults?.find((one) => one.id === id);
    if (fault) return fault.apply(deployment, on).then(() => ({ text: `${fault.label}: ${on ? 'on' : 'off'}.` }));
  }
  if (kind === 'consumers' && info.isLocal) {
    await switchConsumer(deployment, id, on);
    return { text: `${id} is ${on ? 'switched on' : 'switched off'}.` };
  }
  throw new NotFound(`There is no action ${path} on stage ${info.stage}.`);
}

function choiceOf({ consumer, reason, correlationId }: Readonly<Record<string, unknown>>): Choice {
  if (typeof consumer !== 'string' || consumer === '') throw new UsageError('Name the consumer of the dead letters.');
  return {
    consumer,
    ...(typeof reason === 'string' && { reason }),
    ...(typeof correlationId === 'string' && { correlationId }),
  };
}
