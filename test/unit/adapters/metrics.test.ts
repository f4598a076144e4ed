import { embeddedMetrics } from '../../../lambdas/runtime/aws/embedded-metrics';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { DeferredError, PermanentError } from '../../../lambdas/runtime/errors';
import { answer, asked } from '../../support/batch-world';
import { AdapterWorld } from './adapter-world';

const consumer = consume(answer, ({ id }) => {
  if (id.startsWith('park')) throw new PermanentError('never');
  if (id.startsWith('defer')) throw new DeferredError('later', 1);
  if (id.startsWith('retry')) throw new Error('again');
});

test('counts outcomes by consumer, and writes them once for each batch', async () => {
  const world = new AdapterWorld();
  const ids = ['a', 'b', 'park', 'defer-1', 'defer-2', 'retry'];
  await world.run(
    consumer,
    ids.map((id) => asked(id)),
  );
  await world.run(consumer, [asked('a')]);
  expect(Object.fromEntries(world.counts)).toEqual({
    'Processed of answerer.answer': 2,
    'Parked of answerer.answer': 1,
    'Deferred of answerer.answer': 2,
    'Retried of answerer.answer': 1,
    'Duplicate of answerer.answer': 1,
  });
  expect(world.flushes).toBe(2);
});

test.each(['count', 'flush'])('processes the message if %s of the metrics fails', async (name) => {
  const world = new AdapterWorld();
  const broken = () => {
    throw new Error('no metrics today');
  };
  const instance = world.instance();
  const metrics = { count: () => {}, flush: () => {}, [name]: broken };
  expect(await world.run(consumer, [asked('a')], { ...instance, metrics })).toEqual([]);
  expect(world.outcomes()).toEqual(['processed']);
});

describe('on AWS', () => {
  const environment = process.env;
  afterEach(() => {
    process.env = environment;
    jest.restoreAllMocks();
  });

  test('writes counts in CloudWatch’s embedded metric format, one line for each set of dimensions', () => {
    process.env = {
      ...environment,
      SERVICE: 'payments',
      STAGE: 'dev',
    };
    const written: Record<string, unknown>[] = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((line) => written.push(JSON.parse(String(line))) > 0);
    const metrics = embeddedMetrics();
    metrics.count('Processed', 2, { consumer: 'payments.collect' });
    metrics.count('Processed', 3, { consumer: 'payments.collect' });
    metrics.count('CircuitOpen', 1, { dependency: 'bank' });
    metrics.flush();
    metrics.flush();
    const common = { service: 'payments', stage: 'dev' };
    expect(written).toEqual([
      expect.objectContaining({ ...common, consumer: 'payments.collect', Processed: 5 }),
      expect.objectContaining({ ...common, dependency: 'bank', CircuitOpen: 1 }),
    ]);
    expect(written[1]).not.toHaveProperty('consumer');
    expect(written[1]?._aws).toMatchObject({
      CloudWatchMetrics: [{ Namespace: 'EventBroker', Dimensions: [['service', 'stage', 'dependency']] }],
    });
  });
});
