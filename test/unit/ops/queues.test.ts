import { type EventSourceMappingConfiguration, LambdaClient } from '@aws-sdk/client-lambda';
import { Lifetime } from '../../../cli/lifetime';
import { noProgress } from '../../../cli/progress';
import type { Context, Result } from '../../../ops/command';
import { queues } from '../../../ops/commands/queues';

interface Query {
  readonly Id: string;
  readonly MetricStat: { readonly Metric: { readonly MetricName: string; readonly Dimensions: { Value: string }[] } };
}

interface World {
  readonly mappings: readonly EventSourceMappingConfiguration[];
  /** Metric → values, the oldest first. */
  readonly metrics?: Readonly<Record<string, readonly number[]>>;
  readonly notes?: string[];
}

const mapping = (name: string, more: Partial<EventSourceMappingConfiguration> = {}) => ({
  FunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
  State: 'Enabled',
  LastProcessingResult: 'OK',
  ...more,
});

/** One service with a relay and a subscription. */
async function run({ mappings, metrics, notes = [] }: World): Promise<Result> {
  const send = async () => ({ EventSourceMappings: mappings });
  const lambda = Object.assign(new LambdaClient({ region: 'eu-west-1' }), { send });
  const clients = {
    sqs: {
      send: async ({ input }: { input: { QueueUrl: string } }) => {
        const QueueArn = `arn:aws:sqs:eu-west-1:123456789012:${input.QueueUrl}`;
        return { Attributes: { QueueArn, ApproximateNumberOfMessages: input.QueueUrl === 'work' ? '3' : '0' } };
      },
    },
    cloudwatch: {
      send: async ({ input }: { input: { MetricDataQueries: Query[] } }) => {
        if (metrics === undefined) throw new Error('not allowed');
        return {
          MetricDataResults: input.MetricDataQueries.map(({ Id, MetricStat: { Metric } }) => {
            const Values = metrics[`${Metric.MetricName} ${Metric.Dimensions[0]?.Value}`] ?? [];
            return { Id, Values, Timestamps: Values.map((_, minute) => new Date(minute * 60_000)) };
          }),
        };
      },
    },
  };
  const billing = {
    service: 'billing',
    relay: { function: 'relay-function', deadLetterQueue: 'relay-dead' },
    subscriptions: [{ name: 'book', function: 'book-function', queue: 'work', deadLetterQueue: 'dead' }],
  };
  const deployment = {
    broker: { deadLetterQueue: 'bus-dead' },
    services: [billing],
    clients: { of: () => lambda },
  };
  const common = { progress: noProgress, lifetime: new Lifetime(), note: (text: string) => void notes.push(text) };
  return queues.run({ values: {}, words: [] }, { ...common, clients, deployment } as unknown as Context);
}

const healthy = [mapping('relay-function'), mapping('book-function')];

describe('the command queues', () => {
  it('shows the messages, the age and the consumer of a subscription', async () => {
    const { json } = await run({ mappings: healthy, metrics: { 'ApproximateAgeOfOldestMessage work': [12, 75] } });
    expect(json).toMatchObject({
      queues: expect.arrayContaining([
        {
          name: 'billing.book',
          kind: 'subscription',
          waiting: 3,
          inFlight: 0,
          delayed: 0,
          oldest: 75,
          dead: 0,
          state: 'ok',
        },
      ]),
    });
  });

  it.each([
    ['PROBLEM: Function call failed', 'AWS'],
    ['FAILED', 'the emulator'],
  ])('shows a relay whose stream is stuck, and the age of its oldest record: "%s" of %s', async (result) => {
    const mappings = [mapping('relay-function', { LastProcessingResult: result }), mapping('book-function')];
    const { json, text } = await run({ mappings, metrics: { 'IteratorAge relay-function': [300_000, 600_400] } });
    expect(json).toMatchObject({
      queues: expect.arrayContaining([
        { name: 'billing.relay', kind: 'relay', oldest: 600, dead: 0, state: 'failing' },
      ]),
    });
    expect(text).toMatch(/^billing\.relay +- +- +- +10 min +0 +failing$/m);
  });

  it.each([
    ['failing', { LastProcessingResult: 'PROBLEM: Function call failed' }],
    ['disabled', { State: 'Disabled' }],
  ])('shows a relay as %s if one of its streams is', async (state, more) => {
    const { text } = await run({ mappings: [...healthy, mapping('relay-function', more)], metrics: {} });
    expect(text).toMatch(new RegExp(`^billing\\.relay .*${state}$`, 'm'));
    expect(text).toMatch(/^billing\.book .*ok$/m);
  });

  it('shows a disabled or missing consumer', async () => {
    const { text } = await run({ mappings: [mapping('relay-function', { State: 'Disabled' })], metrics: {} });
    expect(text).toMatch(/^billing\.relay .*disabled$/m);
    expect(text).toMatch(/^billing\.book .*missing$/m);
  });

  it('shows everything else without the permission to read metrics', async () => {
    const notes: string[] = [];
    const { text } = await run({ mappings: healthy, notes });
    expect(notes).toEqual(['The ages could not be read from CloudWatch: not allowed']);
    expect(text).toMatch(/^billing\.book +3 +0 +0 +- +0 +ok$/m);
  });

  it('shows the dead letters of the bus', async () => {
    const { text } = await run({ mappings: healthy, metrics: {} });
    expect(text).toMatch(/^broker +- +- +- +- +0 +-$/m);
  });
});
