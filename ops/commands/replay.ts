import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeReplayCommand,
  type DescribeReplayCommandOutput,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { Failure, UsageError } from '../../cli/failure';
import { counted } from '../../cli/text';
import { isBusV2 } from '../../lambdas/runtime/publish/is-bus-v2';
import { type Context, defineCommand, dryRun } from '../command';
import { findRules, formatRules } from '../rules';
import { parseTime } from '../times';

/** EventBridge: "there may be a delay between an event being received and it arriving in the archive". It advises 10 minutes. */
const ARCHIVE_DELAY_MS = 10 * 60_000;
const POLL_MS = 1_000;
const CUSTOM_BUS =
  'A Custom Event Bus has no archive: use "outbox --republish", or a subscriber that starts in the past (docs/custom-event-bus.md).';

export const replay = defineCommand({
  name: 'replay',
  summary: 'Sends the archived events of a period to the bus again.',
  details:
    'Consumers deduplicate. EventBridge replays to whole rules: --event and --to-subscriber select rules, and a rule that\n' +
    'also matches other events receives those too. Emulators may ignore the selection and replay to all rules.',
  options: {
    from: { type: 'string', value: 'time', help: 'Start of the period: 2h, or 2026-01-31T12:00Z. Required.' },
    to: { type: 'string', value: 'time', help: 'End of the period. Required.' },
    event: {
      type: 'string',
      multiple: true,
      value: 'Name',
      help: 'Only rules for these events: OrderCreated or orders.OrderCreated.',
    },
    'to-subscriber': {
      type: 'string',
      multiple: true,
      value: 'name',
      help: 'Only rules of these subscribers: inventory.reserve-stock.',
    },
    ...dryRun,
  },
  examples: [
    'replay --from 2h --to 1h',
    'replay --from 1d --to 20m --event OrderCreated --to-subscriber inventory.reserve-stock',
  ],
  run: async ({ values }, context) => {
    if (values.from === undefined || values.to === undefined)
      throw new UsageError('replay needs --from and --to: 2h, or 2026-01-31T12:00Z.');
    const now = context.now();
    const [from, to] = [parseTime('--from', values.from, now), parseTime('--to', values.to, now)];
    if (from >= to) throw new UsageError('--from must be before --to.');
    const { broker, endpoint } = context.deployment;
    if (isBusV2(broker.bus.arn)) throw new Failure(CUSTOM_BUS);
    if (broker.archive === undefined) throw new Failure('The bus has no archive.');
    if (endpoint === undefined && now.getTime() - to.getTime() < ARCHIVE_DELAY_MS) {
      context.note('The archive may not contain the events of the last ten minutes yet.');
    }
    const filter = { events: values.event, subscribers: values['to-subscriber'] };
    const hasFilter = filter.events !== undefined || filter.subscribers !== undefined;
    const rules = hasFilter ? await findRules(filter, context) : [];
    if (rules.length > 0) {
      context.note(formatRules(rules));
      if (endpoint !== undefined) context.note('Emulators may replay to all rules nevertheless.');
    }
    const plan = {
      archive: broker.archive,
      from: from.toISOString(),
      to: to.toISOString(),
      rules: hasFilter ? rules : 'all',
    };
    const what = `events from ${plan.from} to ${plan.to} to ${hasFilter ? counted(rules.length, 'rule') : 'all rules'}`;
    if (values['dry-run']) return { text: `Would replay ${what}.`, json: { dryRun: true, ...plan } };

    const name = await start({ ...plan, from, to, filterArns: rules.map(({ arn }) => arn) }, context);
    const state = await waitForEnd(name, context);
    if (state === undefined) return { text: `Replay ${name} continues on AWS.`, json: { replay: name, ...plan } };
    return { text: `Replayed ${what}.`, json: { dryRun: false, replay: name, state, ...plan } };
  },
});

interface Plan {
  readonly archive: string;
  readonly from: Date;
  readonly to: Date;
  readonly filterArns: string[];
}

/** @returns the name of the replay */
async function start({ archive, from, to, filterArns }: Plan, { clients, deployment, now }: Context): Promise<string> {
  const { arn } = deployment.broker.bus;
  const name = `ops-${now().toISOString().replace(/\W/g, '-')}`;
  await clients.events.send(
    new StartReplayCommand({
      ReplayName: name,
      Description: 'npm run ops -- replay',
      EventSourceArn: arn.replace(/:event-bus\/.*$/, `:archive/${archive}`),
      EventStartTime: from,
      EventEndTime: to,
      Destination: { Arn: arn, ...(filterArns.length > 0 && { FilterArns: filterArns }) },
    }),
  );
  return name;
}

/** @returns `COMPLETED`; undefined when this command is interrupted first @throws Failure when the replay fails */
async function waitForEnd(
  name: string,
  { clients, progress, lifetime: { signal } }: Context,
): Promise<string | undefined> {
  while (!signal.aborted) {
    const replay = await clients.events.send(new DescribeReplayCommand({ ReplayName: name }));
    progress.part('% replayed', percentageOf(replay), 100);
    if (replay.State === 'COMPLETED') return replay.State;
    if (replay.State === 'FAILED' || replay.State === 'CANCELLED') {
      throw new Failure(
        `Replay ${name} ended as ${replay.State}${replay.StateReason ? `: ${replay.StateReason}` : '.'}`,
      );
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

function percentageOf(replay: DescribeReplayCommandOutput): number {
  const { State, EventStartTime, EventEndTime, EventLastReplayedTime } = replay;
  if (State === 'COMPLETED') return 100;
  if (!EventStartTime || !EventEndTime || !EventLastReplayedTime) return 0;
  const [start, end, last] = [EventStartTime, EventEndTime, EventLastReplayedTime].map((time) => time.getTime());
  return Math.floor((100 * ((last ?? 0) - (start ?? 0))) / ((end ?? 0) - (start ?? 0)));
}
