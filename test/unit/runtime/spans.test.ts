import { otlpExporter } from '../../../lambdas/runtime/aws/otlp';
import { consume } from '../../../lambdas/runtime/consume/consume';
import type { Span } from '../../../lambdas/runtime/spans';
import { type AwsCall, withAws } from '../../support/aws-endpoint';
import { Answered, Asked, answer, bodyOf, message } from '../../support/batch-world';
import { eventOf, HandlerWorld } from '../../support/handler-world';

const trace = (digit: string) => ({ traceId: digit.repeat(32), spanId: digit.repeat(16) });
const asked = (id: string, { traceId, spanId }: ReturnType<typeof trace>) => {
  const event = eventOf(Asked, { id }, id);
  const metadata = { ...event.detail.metadata, traceparent: `00-${traceId}-${spanId}-01` };
  return message(bodyOf({ ...event, detail: { ...event.detail, metadata } }));
};

/** Runs a consumer that answers, unless it is asked for an error. */
async function spansOf(...messages: ReturnType<typeof asked>[]): Promise<Span[]> {
  const found: Span[] = [];
  const spans = { add: (span: Span) => void found.push(span), flush: async () => {} };
  const handler = consume(answer, async ({ id }, work) => {
    if (id === 'error') throw new TypeError('about a person');
    if (id === 'no error') throw 'about a person';
    work.emit(Answered, { id });
  });
  await handler.run({ Records: messages }, { ...new HandlerWorld().runtime(), spans });
  return found;
}

describe('the spans of a consumer', () => {
  test('continue the trace of the event, and are the parents of what it emits', async () => {
    const [work, sent] = await spansOf(asked('a', trace('1')));
    expect(work).toMatchObject({
      ...{ traceId: trace('1').traceId, parentSpanId: trace('1').spanId },
      ...{ name: 'answerer.answer', kind: 'consumer' },
      attributes: { 'messaging.message.id': 'a', 'messaging.message.conversation_id': 'correlation-1' },
    });
    expect(sent).toMatchObject({
      traceId: work?.traceId,
      parentSpanId: work?.spanId,
      name: 'Answered',
      kind: 'producer',
    });
  });

  test('name the error of work that failed, without its message', async () => {
    const [work, ...more] = await spansOf(asked('error', trace('1')));
    expect(work).toMatchObject({ error: 'TypeError' });
    expect(more).toEqual([]);
    expect(await spansOf(asked('no error', trace('1')))).toMatchObject([{ error: 'Error' }]);
  });

  test('of a batch are joined by links', async () => {
    const batch = (await spansOf(asked('a', trace('1')), asked('b', trace('2')))).find(({ links }) => links);
    expect(batch).toMatchObject({ name: 'answerer.answer batch', links: [trace('1'), trace('2')] });
    expect(batch?.traceId).not.toBe(trace('1').traceId);
  });
});

describe('the exporter', () => {
  const span: Span = {
    ...trace('1'),
    ...{
      name: 'answerer.answer',
      kind: 'consumer',
      start: 1_000,
      end: 1_250,
      attributes: { count: 2 },
      error: 'TypeError',
    },
    links: [trace('2')],
  };

  test('posts spans as the JSON of the OpenTelemetry Protocol, once', async () => {
    await withAws(
      () => ({ status: 200, body: {} }),
      async ({ endpoint }, calls) => {
        const spans = otlpExporter(`${endpoint}/`, { 'service.name': 'answerer' });
        spans.add(span);
        await spans.flush();
        await spans.flush();
        expect(calls).toEqual([{ target: '/v1/traces', body: expect.anything() }]);
        const { resourceSpans } = (calls[0] as AwsCall).body as { resourceSpans: [Record<string, unknown>] };
        expect(resourceSpans[0]).toEqual({
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'answerer' } }] },
          scopeSpans: [
            {
              scope: { name: 'event-broker' },
              spans: [
                {
                  ...trace('1'),
                  ...{
                    name: 'answerer.answer',
                    kind: 5,
                    startTimeUnixNano: '1000000000',
                    endTimeUnixNano: '1250000000',
                  },
                  attributes: [{ key: 'count', value: { intValue: '2' } }],
                  links: [trace('2')],
                  status: { code: 2, message: 'TypeError' },
                },
              ],
            },
          ],
        });
      },
    );
  });

  test('does not fail the work when there is no collector', async () => {
    const spans = otlpExporter('http://127.0.0.1:1', {});
    spans.add(span);
    await expect(spans.flush()).resolves.toBeUndefined();
  });
});
