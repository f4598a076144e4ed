import fc from 'fast-check';
import * as z from 'zod/mini';
import { incompatibilities } from '../../../contracts/core/compatibility';
import { defineEvent, type EventContract, toJsonSchema, upcast } from '../../../contracts/core/contract';
import { loadContracts } from '../../../contracts/core/load-contracts';
import { findDrift, readPublished, schemaFile, updates } from '../../../contracts/core/published-schemas';

test('no contract of the project has changed incompatibly, and all schemas are committed', async () => {
  expect(findDrift(await loadContracts(), readPublished())).toEqual([]);
});

const line = z.object({ sku: z.string(), quantity: z.int().check(z.minimum(1)) });
const before = {
  id: z.string().check(z.maxLength(10)),
  kind: z.enum(['a', 'b']),
  note: z.optional(z.string()),
  lines: z.array(line),
};

function changes(after: Record<string, z.ZodMiniType>): string[] {
  return incompatibilities(schemaOf(z.object(before)), schemaOf(z.object(after)));
}

function schemaOf(schema: z.ZodMiniType) {
  return toJsonSchema(event(1, schema));
}

function event(version: number, schema: z.ZodMiniType, upcasts?: EventContract['upcasts']): EventContract {
  return defineEvent({ name: 'Done', owner: 'doer', version, schema, ...(upcasts && { upcasts }) });
}

test.each<[string, Record<string, z.ZodMiniType>]>([
  ['nothing changed', before],
  ['an optional property more', { ...before, more: z.optional(z.string()) }],
  [
    'an optional property more, deep inside',
    { ...before, lines: z.array(z.extend(line, { gift: z.optional(z.boolean()) })) },
  ],
  ['the order of an enum’s values', { ...before, kind: z.enum(['b', 'a']) }],
])('takes %s', (_, after) => {
  expect(changes(after)).toEqual([]);
});

const { note: _note, ...withoutNote } = before;
test.each<[string, Record<string, z.ZodMiniType>, string]>([
  ['a required property more', { ...before, more: z.string() }, 'more: is required now'],
  ['an optional property less', withoutNote, 'note: is gone'],
  ['a renamed property', { ...withoutNote, remark: before.note }, 'note: is gone'],
  ['an optional property made required', { ...before, note: z.string() }, 'note: is required now'],
  ['a required property made optional', { ...before, id: z.optional(before.id) }, 'id: is not required any more'],
  ['another type', { ...before, note: z.optional(z.int()) }, 'note: type was "string", is "integer"'],
  ['a stricter rule', { ...before, id: z.string().check(z.maxLength(5)) }, 'id: maxLength was 10, is 5'],
  ['a looser rule', { ...before, id: z.string() }, 'id: maxLength was 10, is absent'],
  [
    'a value more in an enum',
    { ...before, kind: z.enum(['a', 'b', 'c']) },
    'kind: enum was ["a","b"], is ["a","b","c"]',
  ],
  ['a value less in an enum', { ...before, kind: z.enum(['a']) }, 'kind: enum was ["a","b"], is ["a"]'],
  ['a change deep inside', { ...before, lines: z.array(z.omit(line, { sku: true })) }, 'lines[].sku: is gone'],
  [
    'one thing made one of two',
    { ...before, note: z.optional(z.union([z.string(), z.int()])) },
    'note: type was "string", is absent',
  ],
])('does not take %s', (_, after, problem) => {
  expect(changes(after)).toContain(problem);
});

test('does not take a new property where unknown ones were refused', () => {
  const [closed, wider] = [z.strictObject(before), z.strictObject({ ...before, more: z.optional(z.string()) })];
  expect(incompatibilities(schemaOf(closed), schemaOf(wider))).toEqual([
    'more: is new, and unknown properties were refused',
  ]);
});

/** Objects of a few properties, with values that fit. */
const property = fc.constantFrom(z.string(), z.int(), z.boolean(), z.optional(z.string()), z.optional(z.int()));
const shape = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), property, { maxKeys: 4 });
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, { maxKeys: 4 });

test('what is called compatible lets each side take what the other has sent, as far as it knew of it', () => {
  fc.assert(
    fc.property(shape, shape, data, (old, current, sent) => {
      const [one, other] = [z.object(old), z.object(current)];
      fc.pre(incompatibilities(schemaOf(one), schemaOf(other)).length === 0);
      const fromOld = one.safeParse(sent);
      if (fromOld.success) expect(other.safeParse(fromOld.data).success).toBe(true);
      const fromNew = other.safeParse(sent);
      if (fromNew.success) expect(one.safeParse(fromNew.data).success).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const V1 = z.object({ id: z.string() });
const V2 = z.object({ id: z.string(), at: z.string() });
const publishedV1 = new Map([[schemaFile(event(1, V1), 1), toJsonSchema(event(1, V1))]]);

test('a changed contract needs a new version', () => {
  expect(findDrift([event(1, V2)], publishedV1)).toEqual([
    'Done v1 has changed incompatibly: raise its version to 2 and give an upcast from v1. at: is required now',
  ]);
  expect(updates([event(1, V2)], publishedV1).size).toBe(0);
});

test('a new version needs an upcast from the one before', () => {
  const published = new Map([...publishedV1, ['doer.Done.v2.json', toJsonSchema(event(2, V2))]]);
  expect(findDrift([event(2, V2)], published)).toEqual([expect.stringContaining('doer.Done.v1.json was published')]);
  expect(findDrift([event(2, V2, { 1: upcast(V1, ({ id }) => ({ id, at: '' })) })], published)).toEqual([]);
});

test('an upcast must start from what was published', () => {
  const wrong = { 1: upcast(z.object({ name: z.string() }), ({ name }) => ({ id: name, at: '' })) };
  const drift = findDrift([event(2, V2, wrong)], publishedV1);
  expect(drift).toContainEqual(expect.stringContaining('correct the schema of its upcast. name: is required now'));
});

test('what is new or has grown compatibly is to be written', () => {
  const grown = event(1, z.extend(V1, { note: z.optional(z.string()) }));
  expect([...updates([grown], publishedV1).keys()]).toEqual(['doer.Done.v1.json']);
  expect(findDrift([grown], publishedV1)).toEqual([
    'doer.Done.v1.json is behind its contract: run "npm run schemas" and commit it.',
  ]);
  expect(findDrift([grown], updates([grown], publishedV1))).toEqual([]);
  expect(findDrift([grown], new Map())).toEqual([
    'doer.Done.v1.json is not there: run "npm run schemas" and commit it.',
  ]);
});
