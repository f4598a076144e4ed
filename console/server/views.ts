import { inParallel } from '../../cli/parallel';
import type { EventContract } from '../../contracts/core/contract';
import type { Deployment } from '../../deployed/discover';
import { contractName } from '../../observe/flow';
import { eventsOfFlow } from '../../observe/journal';
import type { FlowList, FlowState, FlowSummary } from '../api';
import type { ConsoleExtension, FlowEvent } from '../extension';
import type { FlowIndex } from './flow-index';
import { showable } from './privacy';

/** Queries for the data of flows that are listed for the first time. */
const READS_AT_ONCE = 10;

/** Lists flows as the browser gets them. */
export class FlowViews {
  /** The data of the events of flows that were listed: event id → data. A flow's later events have none until it is settled. */
  readonly #data = new Map<string, { readonly of: ReadonlyMap<string, unknown>; readonly isWhole: boolean }>();

  constructor(
    private readonly deployment: Deployment,
    private readonly index: FlowIndex,
    private readonly contracts: readonly EventContract[],
    private readonly describe: ConsoleExtension['describeFlow'],
  ) {}

  /** Returns the latest flows. @param limit flows to return, at most */
  async list(state: FlowState | undefined, limit: number, now: Date): Promise<FlowList> {
    const ids = this.index.ids().filter((id) => state === undefined || this.index.state(id, now).state === state);
    const shown = ids.slice(0, limit);
    await inParallel(READS_AT_ONCE, shown, (id) => this.#read(id, now));
    for (const id of this.#data.keys()) if (this.index.events(id).length === 0) this.#data.delete(id);
    return { total: ids.length, flows: shown.map((id) => this.#summary(id, now)) };
  }

  /** Names a flow in the words of the business. */
  readonly name = (events: readonly FlowEvent[]): Pick<FlowSummary, 'title' | 'status'> =>
    this.describe?.(events) ?? { title: events[0]?.contract ?? 'No events' };

  #summary(correlationId: string, now: Date): FlowSummary {
    const events = this.index.events(correlationId);
    const data = this.#data.get(correlationId)?.of;
    return {
      correlationId,
      startedAt: events[0]?.occurredAt ?? '',
      endedAt: this.index.lastAt(correlationId),
      ...this.index.state(correlationId, now),
      events: events.length,
      ...this.name(events.map((event) => ({ contract: contractName(event), data: data?.get(event.id) }))),
    };
  }

  /** The index by time has no data. It is read when a flow is listed first, and once more when the flow is settled. */
  async #read(correlationId: string, now: Date): Promise<void> {
    const isSettled = this.index.state(correlationId, now).state === 'settled';
    const known = this.#data.get(correlationId);
    if (known && (known.isWhole || !isSettled)) return;
    const events = await eventsOfFlow(this.deployment, correlationId);
    const shown = events.map(({ id, version, data, ...event }) => {
      const contract = contractName(event);
      return [id, showable(this.contracts, { contract, version, data }, false)] as const;
    });
    this.#data.set(correlationId, { of: new Map(shown), isWhole: isSettled });
  }
}
