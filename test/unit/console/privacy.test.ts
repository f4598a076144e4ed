import * as z from 'zod/mini';
import { showable } from '../../../console/server/privacy';
import { defineEvent } from '../../../contracts/core/contract';
import { personal, secret } from '../../../contracts/core/sensitivity';

const schema = z.object({ name: personal(z.string()), url: secret(z.string()), count: z.int() });
const contracts = [defineEvent({ name: 'GuestCame', owner: 'desk', version: 1, schema })];
const event = { contract: 'desk.GuestCame', version: 1, data: { name: 'Ada', url: 'https://x/?token=1', count: 2 } };

describe('the data that the console shows', () => {
  test('is without personal values until asked for', () => {
    expect(showable(contracts, event, false)).toEqual({ name: '[personal]', url: '[secret]', count: 2 });
  });

  test('is never with secrets', () => {
    expect(showable(contracts, event, true)).toEqual({ name: 'Ada', url: '[secret]', count: 2 });
  });

  test('is hidden as a whole when its contract is unknown', () => {
    expect(showable([], event, false)).toBe('[personal]');
  });
});
