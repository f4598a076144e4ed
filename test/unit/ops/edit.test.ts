import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { parseEnvelope } from '../../../lambdas/runtime/events/envelope';
import { editedCopy } from '../../../ops/dead-letters/edit';

const Weighed = defineEvent({ name: 'Weighed', owner: 'scales', version: 2, schema: z.object({ grams: z.int() }) });
const metadata = {
  ...{ id: 'original', version: 1, correlationId: 'flow', causationId: 'request' },
  ...{ occurredAt: '2026-01-31T12:00:00Z', traceparent: 'trace' },
};
const body = JSON.stringify({
  ...{ source: 'scales', 'detail-type': 'Weighed', account: '123456789012' },
  detail: { metadata, data: { grams: 'many' } },
});
const edit = {
  version: 2,
  edit: (data: unknown) => ({ ...(data as object), grams: 3 }),
  by: 'ada',
  for: 'depot.close-parcel',
};

describe('an edited copy of a dead letter', () => {
  test('is the same event with a new id and new data, in the same flow', () => {
    const { id, body: copy } = editedCopy(body, edit, [Weighed]);
    const event = parseEnvelope(copy);
    expect(event).toMatchObject({ source: 'scales', name: 'Weighed', data: { grams: 3 }, account: '123456789012' });
    expect(event.metadata).toEqual({ ...metadata, id, version: 2, causationId: 'original' });
    // Checks of effects recognise what operators have sent.
    expect(id).toMatch(/^operator-/);
  });

  test('says of which event it is a copy, for whom and by whom', () => {
    expect(JSON.parse(editedCopy(body, edit, [Weighed]).body).detail.edited).toEqual({
      ...{ of: 'original', for: 'depot.close-parcel', by: 'ada' },
    });
  });

  test('is refused when it breaks its contract', () => {
    expect(() => editedCopy(body, { ...edit, edit: () => ({ grams: 'few' }) }, [Weighed])).toThrow(
      /breaks its contract.*grams/,
    );
    expect(() => editedCopy(body, { ...edit, version: 9 }, [Weighed])).toThrow(/9/);
  });

  test('cannot be made of a body that is no event', () => {
    expect(() => editedCopy('hello', edit, [Weighed])).toThrow('Only an event can be edited');
  });
});
