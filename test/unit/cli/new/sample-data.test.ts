import * as z from 'zod/mini';
import { parseFields } from '../../../../cli/new/fields';
import { dataSource, sampleOf, sharedFields } from '../../../../cli/new/sample-data';
import { Identifier } from '../../../../contracts/core/text';

const Money = z.object({ amount: z.int().check(z.nonnegative()), currency: z.string().check(z.regex(/^[A-Z]{3}$/)) });
const Order = z.object({ orderId: Identifier, total: Money, at: z.iso.datetime(), kind: z.enum(['a', 'b']) });

test('returns data that the schema accepts', () => {
  expect(sampleOf(Order)).toEqual({
    orderId: 'order-1',
    total: { amount: 1, currency: 'EUR' },
    at: '2026-01-01T00:00:00Z',
    kind: 'a',
  });
});

test('returns nothing for a schema that it cannot satisfy', () => {
  expect(sampleOf(z.object({ code: z.string().check(z.regex(/^#\d{9}$/)) }))).toBeUndefined();
});

test('takes fields from the incoming data only where their schemas are equal', () => {
  const shared = sharedFields(z.object({ orderId: Identifier, total: z.int() }), [Order]);
  expect(shared).toEqual(['orderId']);
  expect(dataSource(z.object({ orderId: Identifier, total: z.int() }), shared)).toBe('{ orderId, total: 1 }');
});

test('parses fields, with a type that follows from the name by default', () => {
  expect(parseFields('orderId, note, points:int').map(({ name, source }) => [name, source])).toEqual([
    ['orderId', 'Identifier'],
    ['note', 'ShortText'],
    ['points', 'z.int()'],
  ]);
});

test.each([
  ['OrderId', 'must be camelCase'],
  ['a, a', 'The field "a" is given twice.'],
  ['a:constructor', 'has no type "constructor"'],
])('refuses the fields %s', (fields, sentence) => {
  expect(() => parseFields(fields)).toThrow(sentence);
});
