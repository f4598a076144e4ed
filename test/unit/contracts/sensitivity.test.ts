import * as z from 'zod/mini';
import { defineEvent, toJsonSchema } from '../../../contracts/core/contract';
import { personal, redact, secret } from '../../../contracts/core/sensitivity';

describe('a sensitive schema', () => {
  it('stays sensitive when a check is added', () => {
    const schema = z.object({ name: personal(z.string()).check(z.maxLength(10)) });
    expect(redact(schema, { name: 'Ada' })).toEqual({ name: '[personal]' });
    const contract = defineEvent({ name: 'GuestArrived', owner: 'desk', version: 1, schema });
    expect(toJsonSchema(contract)).toMatchObject({ properties: { name: { 'x-sensitivity': 'personal' } } });
  });

  it('does not change the schema that it was made from', () => {
    const Name = z.string();
    const schema = z.object({ guest: personal(Name), token: secret(Name), room: Name });
    expect(redact(schema, { guest: 'Ada', token: 'x', room: 'blue' })).toEqual({
      guest: '[personal]',
      token: '[secret]',
      room: 'blue',
    });
  });
});
