import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { fromAttributes, toAttributes } from '../../../lambdas/runtime/store/attributes';

const json = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)) as object);
const item = json.filter((value) => !JSON.stringify(value).match(/"(__proto__|constructor)"/));
const isSafe = (value: unknown): boolean =>
  typeof value === 'number'
    ? Math.abs(value) <= Number.MAX_SAFE_INTEGER
    : typeof value !== 'object' || value === null || Object.values(value).every(isSafe);

describe('attributes', () => {
  it('are those that the SDK makes of any JSON object', () => {
    fc.assert(
      fc.property(item.filter(isSafe), (value) => {
        expect(toAttributes(value)).toEqual(marshall(value, { removeUndefinedValues: true }));
        expect(fromAttributes(toAttributes(value))).toEqual(unmarshall(marshall(value)));
      }),
    );
  });

  it('leave out what is undefined, in lists too', () => {
    expect(toAttributes({ one: undefined, all: [undefined, 1] })).toEqual({ all: { L: [{ N: '1' }] } });
  });

  it('are converted by their names on request', () => {
    expect(fromAttributes({ one: { S: 'a' }, _version: { N: '1' } }, ['one'])).toEqual({ one: 'a' });
  });

  it('are refused if JSON does not have their type', () => {
    expect(() => fromAttributes({ tags: { SS: ['a'] } })).toThrow('An attribute of type SS is not a JSON value.');
    expect(() => toAttributes({ size: 1n })).toThrow('A bigint is not a JSON value, so no attribute can have it.');
  });
});
