import { MetadataSchema, metadataProblem, parseEnvelope } from '../../../lambdas/runtime/events/envelope';

const metadata = {
  id: 'one',
  version: 1,
  correlationId: 'flow',
  causationId: 'request',
  occurredAt: '2026-01-01T00:00:00.000Z',
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
};
const envelope = { source: 'asker', 'detail-type': 'Asked', detail: { metadata, data: { id: 'one' } } };
const parsed = { name: 'Asked', source: 'asker', metadata, data: { id: 'one' } };
const parse = (body: object) => parseEnvelope(JSON.stringify(body));
const withMetadata = (more: object) => ({ ...envelope, detail: { data: 1, metadata: { ...metadata, ...more } } });

describe('parseEnvelope', () => {
  it('keeps what an event has, and nothing else', () => {
    const more = {
      ...envelope,
      region: 'eu-west-1',
      detail: { ...envelope.detail, metadata: { ...metadata, other: 1 } },
    };
    expect(parse(more)).toEqual(parsed);
    const due = '2026-02-01T00:00:00.000Z';
    expect(parse({ ...envelope, account: '111122223333', due })).toEqual({
      ...parsed,
      account: '111122223333',
      due,
    });
  });

  it.each(['2026-01-01T00:00:00Z', '2028-02-29T23:59:59.123456Z'])('accepts the time %s', (time) => {
    expect(parse({ ...withMetadata({ occurredAt: time }), due: time })).toMatchObject({ due: time });
  });

  it('accepts ids of 1,024 bytes', () => {
    const long = '€'.repeat(341);
    expect(parse(withMetadata({ id: `${long}a` })).metadata.id).toBe(`${long}a`);
  });

  const times = [
    '',
    '2026-01-01T00:00Z',
    '2026-01-01',
    '2026-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00+01:00',
    1,
  ];
  const texts = ['', 1, null, ['a'], 'a\u0000', '\ufffe', 'x'.repeat(1_025), '€'.repeat(342)];
  const versions = [0, -1, 1.5, 2 ** 53, '1', null];
  const broken: [string, object][] = [
    ...['id', 'correlationId', 'causationId', 'traceparent'].flatMap((name) =>
      [...texts, undefined].map((value): [string, object] => [name, withMetadata({ [name]: value })]),
    ),
    ...[...times, undefined].map((value): [string, object] => ['occurredAt', withMetadata({ occurredAt: value })]),
    ...[...versions, undefined].map((value): [string, object] => ['version', withMetadata({ version: value })]),
    ...['source', 'detail-type'].flatMap((name) =>
      [...texts, undefined].map((value): [string, object] => [name, { ...envelope, [name]: value }]),
    ),
    ...texts.map((value): [string, object] => ['account', { ...envelope, account: value }]),
    ...times.map((value): [string, object] => ['due', { ...envelope, due: value }]),
    ...[undefined, null, 'a', [], { metadata: null, data: 1 }, { data: 1 }, { metadata }].map(
      (detail): [string, object] => ['detail', { ...envelope, detail }],
    ),
    ['it', []],
  ];

  it.each(broken)('refuses another %s: %j', (_, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ reason: 'not-an-event' }));
  });

  it('accepts the metadata that a new event can have', () => {
    expect(metadataProblem(metadata)).toBeUndefined();
    expect(MetadataSchema.parse(parse(envelope).metadata)).toEqual(metadata);
  });
});
