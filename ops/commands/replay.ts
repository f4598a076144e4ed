import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeReplayCommand,
  type DescribeReplayCommandOutput,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { Failure } from '../../cli/failure';
import { type Context, defineCommand, dryRun } from '../command';
import { describeRules, rulesFor } from '../rules';
import { counted } from '../text';
import { parseTime } from '../times';
import { UsageError } from '../usage';

/** AWS: "there may be a delay between an event being received and it arriving in the archive": ten minutes are advised. */
const ARCHIVE_DELAY_MS = 10 * 60_000;
const LOOK_AGAIN_MS = 1_000;

export const replay = defineCommand({
  name: 'replay',
  summary: "Send a window of the bus's archived events again.",
  details:
    'Consumers drop what they had. EventBridge replays to whole rules, so --event and --to-subscriber choose rules; a rule\n' +
    'that matches other events too gets them as well. An emulator may ignore the choice and replay to all rules.',
  options: {
    from: { type: 'string', value: 'time', help: 'Events since then: 2h, or 2026-01-31T12:00Z. Required.' },
    to: { type: 'string', value: 'time', help: 'Events until then. Required.' },
    event: {
      type: 'string',
      multiple: true,
      value: 'Name',
      help: 'Only rules for these: OrderCreated or orders.OrderCreated.',
    },
    'to-subscriber': { type: 'string', multiple: true, value: 'name', help: 'Only to these: inventory.reserve-stock.' },
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
    if (broker.archive === undefined) throw new Failure('The bus has no archive.');
    if (endpoint === undefined && now.getTime() - to.getTime() < ARCHIVE_DELAY_MS) {
      context.note('Events of the last ten minutes may not be in the archive yet.');
    }
    const choice = { events: values.event, subscribers: values['to-subscriber'] };
    const isChoice = choice.events !== undefined || choice.subscribers !== undefined;
    const rules = isChoice ? await rulesFor(choice, context) : [];
    if (rules.length > 0) {
      context.note(describeRules(rules));
      if (endpoint !== undefined) context.note('Emulators may replay to all rules nevertheless.');
    }
    const plan = {
      archive: broker.archive,
      from: from.toISOString(),
      to: to.toISOString(),
      rules: isChoice ? rules : 'all',
    };
    const where = isChoice ? counted(rules.length, 'rule') : 'all rules';
    const what = `events from ${plan.from} to ${plan.to} to ${where}`;
    if (values['dry-run']) return { text: `Would replay ${what}.`, json: { dryRun: true, ...plan } };

    const name = await start({ ...plan, from, to, filterArns: rules.map(({ arn }) => arn) }, context);
    const state = await follow(name, context);
    if (state === undefined) return { text: `Replay ${name} goes on without us.`, json: { replay: name, ...plan } };
    return { text: `Replayed ${what}.`, json: { dryRun: false, replay: name, state, ...plan } };
  },
});

interface Plan {
  readonly archive: string;
  readonly from: Date;
  readonly to: Date;
  readonly filterArns: string[];
}

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

/** @returns the state in which it ended; undefined when we are stopped before. @throws Failure when it did not work */
async function follow(name: string, { clients, progress, lifetime: { signal } }: Context): Promise<string | undefined> {
  while (!signal.aborted) {
    const replay = await clients.events.send(new DescribeReplayCommand({ ReplayName: name }));
    progress.part('% replayed', share(replay), 100);
    if (replay.State === 'COMPLETED') return replay.State;
    if (replay.State === 'FAILED' || replay.State === 'CANCELLED') {
      throw new Failure(
        `Replay ${name} ended as ${replay.State}${replay.StateReason ? `: ${replay.StateReason}` : '.'}`,
      );
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

function share({ State, EventStartTime, EventEndTime, EventLastReplayedTime }: DescribeReplayCommandOutput): number {
  if (State === 'COMPLETED') return 100;
  if (!EventStartTime || !EventEndTime || !EventLastReplayedTime) return 0;
  const [start, end, last] = [EventStartTime, EventEndTime, EventLastReplayedTime].map((time) => time.getTime());
  return Math.floor((100 * ((last ?? 0) - (start ?? 0))) / ((end ?? 0) - (start ?? 0)));
}
