import type { EventContract } from '../../contracts/core/contract';
import type { FlowDetail, FlowList, FlowState, FlowStep, FlowSummary } from '../api';
import type { ConsoleExtension, FlowEvent } from '../extension';
import type { EmittedEvent, FlowIndex } from './flow-index';
import { showable } from './privacy';

/** Shows flows as the browser gets them. */
export class FlowViews {
  constructor(
    private readonly index: FlowIndex,
    private readonly contracts: readonly EventContract[],
    private readonly describe: ConsoleExtension['describeFlow'],
  ) {}

  /** The latest flows. @param limit flows to return, at most */
  list(state: FlowState | undefined, limit: number, now: Date): FlowList {
    const ids = this.index.ids().filter((id) => state === undefined || this.index.state(id, now).state === state);
    return { total: ids.length, flows: ids.slice(0, limit).map((id) => this.summary(id, now)) };
  }

  /** One flow; undefined when there is none. @param personal whether personal values are shown */
  detail(correlationId: string, personal: boolean, now: Date): FlowDetail | undefined {
    const events = this.index.events(correlationId);
    return (
      events && { ...this.summary(correlationId, now), steps: events.map((one) => this.#step(one, personal, now)) }
    );
  }

  summary(correlationId: string, now: Date): FlowSummary {
    const events = this.index.events(correlationId) ?? [];
    const shown = events.map(({ event }) => ({ contract: contractOf(event), data: this.#data(event, false) }));
    const [first] = events;
    const title = first?.event.name ?? 'No events';
    return {
      correlationId,
      startedAt: first?.event.detail.metadata.occurredAt ?? this.index.lastAt(correlationId),
      endedAt: this.index.lastAt(correlationId),
      ...this.index.state(correlationId, now),
      events: events.length,
      ...(shown.length > 0 ? this.name(shown) : { title }),
    };
  }

  /** Names a flow in the words of the business. */
  readonly name = (events: readonly FlowEvent[]): Pick<FlowSummary, 'title' | 'status'> =>
    this.describe?.(events) ?? { title: events[0]?.contract ?? 'No events' };

  #step({ event, emitter }: EmittedEvent, personal: boolean, now: Date): FlowStep {
    const { id, version, occurredAt, causationId } = event.detail.metadata;
    return {
      id,
      contract: contractOf(event),
      version,
      channel: event.channel ?? 'bus',
      occurredAt,
      causationId,
      emitter,
      ...(event.due !== undefined && { due: event.due }),
      data: this.#data(event, personal),
      receipts: this.index.receipts(event, now),
    };
  }

  #data(event: EmittedEvent['event'], personal: boolean): unknown {
    const { metadata, data } = event.detail;
    return showable(this.contracts, { contract: contractOf(event), version: metadata.version, data }, personal);
  }
}

function contractOf({ source, name }: EmittedEvent['event']): string {
  return `${source}.${name}`;
}
