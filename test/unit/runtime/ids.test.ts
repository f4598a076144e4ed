import { continueTrace, deterministicId } from '../../../lambdas/runtime/events/ids';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('continueTrace', () => {
  it.each([
    ['version 00', `00-${TRACE}-${SPAN}-01`],
    ['a trace that is not sampled', `00-${TRACE}-${SPAN}-00`],
    ['a later version', `01-${TRACE}-${SPAN}-01`],
    ['a later version with more fields', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`],
  ])('continues %s with a new span', (_, header) => {
    const [version, traceId, spanId, flags] = continueTrace(header).split('-');
    expect([version, traceId, flags]).toEqual(['00', TRACE, '01']);
    expect(spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    expect(spanId).not.toBe(SPAN);
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more fields', `00-${TRACE}-${SPAN}-01-more`],
    ['a later version with text behind the flags', `01-${TRACE}-${SPAN}-01more`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['two headers in one', `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`],
  ])('starts a new trace for %s', (_, header) => {
    const [one, other] = [continueTrace(header), continueTrace(header)];
    for (const started of [one, other]) expect(started).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(one).not.toContain(TRACE);
    expect(one.slice(0, 35)).not.toBe(other.slice(0, 35));
  });
});

describe('deterministicId', () => {
  it('derives the same UUID of version 8 from the same parts, and another one from others', () => {
    expect(deterministicId('a', 1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(deterministicId('a', 1)).toBe(deterministicId('a', 1));
    expect(new Set([['a', 1], ['a', '1'], ['a1'], ['a', 1, '']].map((parts) => deterministicId(...parts))).size).toBe(
      4,
    );
  });
});
