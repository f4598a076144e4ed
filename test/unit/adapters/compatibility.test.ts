import fc from 'fast-check';
import * as z from 'zod/mini';
import { incompatibilities } from '../../../contracts/core/compatibility';
import { defineEvent, type EventContract, toJsonSchema, upcast } from '../../../contracts/core/contract';
import { loadContracts } from '../../../contracts/core/load-contracts';
import { findDrift, readPublished, schemaFile, updates } from '../../../contracts/core/published-schemas';

test('has committed the schemas of all contracts, without incompatible changes', async () => {
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
  ['no change', before],
  ['an added optional property', { ...before, more: z.optional(z.string()) }],
  [
    'an added optional property of a nested object',
    { ...before, lines: z.array(z.extend(line, { gift: z.optional(z.boolean()) })) },
  ],
  ['another order of an enum’s values', { ...before, kind: z.enum(['b', 'a']) }],
])('accepts %s', (_, after) => {
  expect(changes(after)).toEqual([]);
});

const { note: _note, ...withoutNote } = before;
test.each<[string, Record<string, z.ZodMiniType>, string]>([
  ['an added required property', { ...before, more: z.string() }, 'more: is now required'],
  ['a removed optional property', withoutNote, 'note: was removed'],
  ['a renamed property', { ...withoutNote, remark: before.note }, 'note: was removed'],
  ['an optional property made required', { ...before, note: z.string() }, 'note: is now required'],
  ['a required property made optional', { ...before, id: z.optional(before.id) }, 'id: is no longer required'],
  ['another type', { ...before, note: z.optional(z.int()) }, 'note: type changed from "string" to "integer"'],
  ['a stricter rule', { ...before, id: z.string().check(z.maxLength(5)) }, 'id: maxLength changed from 10 to 5'],
  ['a looser rule', { ...before, id: z.string() }, 'id: maxLength changed from 10 to absent'],
  [
    'an added value of an enum',
    { ...before, kind: z.enum(['a', 'b', 'c']) },
    'kind: enum changed from ["a","b"] to ["a","b","c"]',
  ],
  ['a removed value of an enum', { ...before, kind: z.enum(['a']) }, 'kind: enum changed from ["a","b"] to ["a"]'],
  [
    'a change of a nested object',
    { ...before, lines: z.array(z.omit(line, { sku: true })) },
    'lines[].sku: was removed',
  ],
  [
    'a type that became a union',
    { ...before, note: z.optional(z.union([z.string(), z.int()])) },
    'note: type changed from "string" to absent',
  ],
])('rejects %s', (_, after, problem) => {
  expect(changes(after)).toContain(problem);
});

test('rejects an added property if unknown properties were rejected', () => {
  const [closed, wider] = [z.strictObject(before), z.strictObject({ ...before, more: z.optional(z.string()) })];
  expect(incompatibilities(schemaOf(closed), schemaOf(wider))).toEqual([
    'more: was added, but the published schema rejects unknown properties',
  ]);
});

/** Objects with a few properties and matching values. */
const property = fc.constantFrom(z.string(), z.int(), z.boolean(), z.optional(z.string()), z.optional(z.int()));
const shape = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), property, { maxKeys: 4 });
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, { maxKeys: 4 });

test('accepts only changes after which both versions accept each other’s data', () => {
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

test('requires a new version for an incompatible change', () => {
  expect(findDrift([event(1, V2)], publishedV1)).toEqual([
    `Done v1 has an incompatible change: raise the version to 2 and add an upcast from v1, or delete ${schemaFile(event(1, V1), 1)} ` +
      'if v1 was never deployed. at: is now required',
  ]);
  expect(updates([event(1, V2)], publishedV1).size).toBe(0);
});

test('requires an upcast from the previous version', () => {
  const published = new Map([...publishedV1, ['doer.Done.v2.json', toJsonSchema(event(2, V2))]]);
  expect(findDrift([event(2, V2)], published)).toEqual([expect.stringContaining('doer.Done.v1.json is published')]);
  expect(findDrift([event(2, V2, { 1: upcast(V1, ({ id }) => ({ id, at: '' })) })], published)).toEqual([]);
});

test('requires an upcast to start from the published schema', () => {
  const wrong = { 1: upcast(z.object({ name: z.string() }), ({ name }) => ({ id: name, at: '' })) };
  const drift = findDrift([event(2, V2, wrong)], publishedV1);
  expect(drift).toContainEqual(
    expect.stringContaining('restore the schema of its upcast, because v1 is published. name: is now required'),
  );
});

test('lists new and compatibly changed schemas to write', () => {
  const grown = event(1, z.extend(V1, { note: z.optional(z.string()) }));
  expect([...updates([grown], publishedV1).keys()]).toEqual(['doer.Done.v1.json']);
  expect(findDrift([grown], publishedV1)).toEqual([
    'doer.Done.v1.json is older than its contract: run "npm run schemas" and commit the file.',
  ]);
  expect(findDrift([grown], updates([grown], publishedV1))).toEqual([]);
  expect(findDrift([grown], new Map())).toEqual([
    'doer.Done.v1.json does not exist: run "npm run schemas" and commit the file.',
  ]);
});
