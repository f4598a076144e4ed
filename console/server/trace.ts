import type { EventContract } from '../../contracts/core/contract';
import type { Deployment } from '../../deployed/discover';
import { contractName, type Flow, type Step } from '../../observe/flow';
import { readLogs } from '../../observe/logs';
import { traceOf } from '../../observe/trace';
import type { FlowDetail, FlowStep, FlowSummary, LogEntry } from '../api';
import { showable } from './privacy';

/** Returns the names of a flow and of its state. */
export type Describe = (
  events: readonly { readonly contract: string; readonly data: unknown }[],
) => Pick<FlowSummary, 'title' | 'status'>;

/**
 * Returns a flow from the journal, with the webhooks that continue it and the reasons of pending receipts. Undefined if the id is
 * unknown.
 */
export async function traceFlow(
  deployment: Deployment,
  contracts: readonly EventContract[],
  id: string,
  personal: boolean,
  describe: Describe,
): Promise<FlowDetail | undefined> {
  const flow = await traceOf(deployment, id, {
    show: (event, data) =>
      showable(contracts, { contract: contractName(event), version: event.version, data }, personal),
  });
  return flow && toDetail(flow, personal, describe);
}

function toDetail(flow: Flow, personal: boolean, describe: Describe): FlowDetail {
  const { correlationId, correlationIds, startedAt, endedAt, state, stuckAt } = flow;
  // Nothing marks what is personal in a response.
  const requests = flow.requests.map(({ response, ...request }) => ({
    ...request,
    ...(response && { response: personal ? response : { ...response, body: '[personal]' } }),
  }));
  const steps = flow.steps.map(toStep);
  const named = describe(steps);
  return {
    correlationId,
    correlationIds,
    startedAt,
    endedAt,
    state,
    stuckAt,
    events: steps.length,
    ...named,
    steps,
    requests,
  };
}

function toStep({ event, emitter = 'an unknown function', receipts }: Step): FlowStep {
  const { id, version, channel, occurredAt, due, causationId, data } = event;
  const contract = contractName(event);
  const editedFrom = event.edited?.of;
  return {
    ...{ id, contract, version, channel, occurredAt, causationId, emitter, data, receipts },
    ...(due && { due }),
    ...(editedFrom && { editedFrom }),
  };
}

/**
 * Reads the log lines that contain one of some ids, oldest first. Errors are redacted where they are logged.
 *
 * @param since the time of the first line. Default: an hour ago
 */
export async function logsOf(deployment: Deployment, ids: readonly string[], since?: Date): Promise<LogEntry[]> {
  const found = await Promise.all(ids.map((containing) => readLogs(deployment, { containing, since, limit: 100 })));
  const lines = new Map(found.flat().map((line) => [JSON.stringify(line), line]));
  const sorted = [...lines.values()].sort((one, other) => (one.at < other.at ? -1 : 1));
  return sorted.map(({ at, function: name, level, message, fields }) => {
    const error = typeof fields.error === 'string' ? fields.error : undefined;
    return { at, function: name, level, message, ...(error !== undefined && { error }) };
  });
}
