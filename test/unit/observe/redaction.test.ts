import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { personal, secret } from '../../../contracts/core/sensitivity';
import { redactionOf } from '../../../observe/redaction';

const Registered = defineEvent({
  name: 'Registered',
  owner: 'depot',
  version: 1,
  schema: z.object({ parcelId: z.string(), name: personal(z.string()), url: secret(z.string()) }),
});
const event = {
  ...{ id: '1', source: 'depot', name: 'Registered', version: 1, correlationId: '1', causationId: '1' },
  ...{ occurredAt: '2026-11-27T10:00:00.000Z', channel: 'bus' as const },
};
const data = { parcelId: 'parcel-1', name: 'Ada', url: 'https://x' };

test('hides what a contract marks as personal or secret', () => {
  const shown = redactionOf([Registered])(event, data);
  expect(shown).toEqual({ parcelId: 'parcel-1', name: '[personal]', url: '[secret]' });
});

test('hides all data of an event whose contract or version is unknown', () => {
  expect(JSON.stringify(redactionOf([])(event, data))).not.toContain('Ada');
  expect(JSON.stringify(redactionOf([Registered])({ ...event, version: 9 }, data))).not.toContain('Ada');
});
