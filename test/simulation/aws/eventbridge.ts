import { PutEventsCommand, type PutEventsRequestEntry, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { PutEventsV2Command } from '../../../lambdas/runtime/publish/bus-v2';
import { isBusV2 } from '../../../lambdas/runtime/publish/is-bus-v2';
import { channelLimits } from '../../../lambdas/runtime/publish/sizes';
import { ServiceError } from './service-error';

/** An event as a rule delivers it. */
export interface RoutedEvent {
  readonly source: string;
  readonly name: string;
  /** The JSON that the target receives. */
  readonly body: string;
}

/** The most entries of a call. */
const MOST_ENTRIES = { classic: 10, v2: 100 };
/** The fields that EventBridge adds to an event. */
const FIELDS = { version: '0', id: 'event', account: '111122223333', region: 'eu-west-1', resources: [] };

/**
 * EventBridge: `PutEvents` with results for each entry, of the classic bus and of the Custom Event Bus. Both deliver at least once and in
 * any order, and give their targets the same envelope (EventBridge User Guide, "Publishing events to a Custom Event Bus").
 */
export class SimulatedEventBridge {
  /**
   * @param now milliseconds since 1970
   * @param isThrottled whether it refuses this entry now
   * @param route delivers an event to the targets of the rules that match it
   */
  constructor(
    private readonly now: () => number,
    private readonly isThrottled: (detail: string) => boolean,
    private readonly route: (event: RoutedEvent) => void,
  ) {}

  execute(command: object): object {
    const isV2 = command instanceof PutEventsV2Command;
    if (!isV2 && !(command instanceof PutEventsCommand)) {
      throw new Error(`The simulated EventBridge has no ${command.constructor.name}.`);
    }
    const { Entries = [] } = command.input;
    const isOwn = isV2
      ? isBusV2(command.input.EventBusArn)
      : Entries.every(({ EventBusName = '' }) => EventBusName !== '' && !isBusV2(EventBusName));
    if (!isOwn)
      throw new ServiceError(isV2 ? 'InvalidInputException' : 'ValidationException', 'It is a bus of the other API.');
    const bytes = Entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
    if (Entries.length === 0 || Entries.length > MOST_ENTRIES[isV2 ? 'v2' : 'classic'] || bytes > channelLimits.bus) {
      throw new ServiceError(
        isV2 ? 'InvalidInputException' : 'ValidationException',
        `${Entries.length} entries with ${bytes} bytes are no valid call.`,
      );
    }
    const results = Entries.map((entry) => this.put(entry, isV2));
    return { Entries: results, FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length };
  }

  private put({ Source: source = '', DetailType: name = '', Detail = '', Time }: PutEventsRequestEntry, isV2: boolean) {
    if (this.isThrottled(Detail)) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' };
    const time = (Time ?? new Date(this.now())).toISOString();
    const envelope = { ...FIELDS, 'detail-type': name, source, time };
    // The detail stays the text that was sent.
    const body = `${JSON.stringify(envelope).slice(0, -1)},"detail":${Detail}}`;
    this.route({ source, name, body });
    return { EventId: 'event', ...(isV2 && { SuccessCode: 'PUBLISHED' }) } satisfies PutEventsResultEntry;
  }
}

/** See `entryBytes` for the source of this rule. */
function bytesOf({ Time, Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number {
  return (Time ? 14 : 0) + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}
