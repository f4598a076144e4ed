import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { type Channel, defineEvent } from '../../../contracts/core/contract';
import { authentication } from '../../../lambdas/runtime/adapters/authentication';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { message } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';
import { AdapterWorld } from './adapter-world';

const OWN = '111122223333';
const FOREIGN = '999988887777';
const schema = z.object({ id: z.string() });
const over = (channel: Channel) => defineEvent({ name: 'Done', owner: 'doer', version: 1, schema, channel });

const noteOn = (channel: Channel) => {
  const service = defineService(channel === 'reminder' ? 'doer' : 'other');
  return service.subscription('note', { to: [over(channel)] });
};

/** A message in the consumer's queue, which is in account {@link OWN}. */
function sent(channel: Channel, { account, source = 'doer' }: { account?: string; source?: string }): SQSRecord {
  const { name, detail } = eventOf(over(channel), { id: '1' });
  const body = JSON.stringify({ source, 'detail-type': name, detail, ...(account && { account }) });
  return { ...message(body), eventSourceARN: `arn:aws:sqs:eu-central-1:${OWN}:a-queue` };
}

async function reasonOf(channel: Channel, record: SQSRecord, accounts?: string[]): Promise<string | undefined> {
  const world = new AdapterWorld();
  const handle = jest.fn();
  await world.run(consume(noteOn(channel), handle, [authentication({ accounts })]), [record]);
  const reason = world.parked[0]?.attributes.reason;
  expect(handle).toHaveBeenCalledTimes(reason ? 0 : 1);
  return reason;
}

test.each<[string, Channel, { account?: string; source?: string }, string | undefined]>([
  ['processes an event from the bus and its own account', 'bus', { account: OWN }, undefined],
  ['parks an event from another account', 'bus', { account: FOREIGN }, 'untrusted'],
  ['parks an event that was not sent by the bus', 'bus', {}, 'untrusted'],
  ['parks an event with another source', 'bus', { account: OWN, source: 'somebody' }, 'unknown-contract'],
  ['processes a reminder, which has no account', 'reminder', {}, undefined],
  ['processes an event from a topic, which has no account', 'topic', {}, undefined],
  ['parks a reminder with another account', 'reminder', { account: FOREIGN }, 'untrusted'],
])('%s', async (_, channel, event, reason) => {
  expect(await reasonOf(channel, sent(channel, event))).toBe(reason);
});

test('processes events from further trusted accounts', async () => {
  expect(await reasonOf('bus', sent('bus', { account: FOREIGN }), [FOREIGN])).toBeUndefined();
});

test('processes a redriven message, whose body is unchanged', async () => {
  const record = sent('bus', { account: OWN });
  expect(await reasonOf('bus', { ...record, messageId: 'a new one' })).toBeUndefined();
});

test('parks every event from the bus if its own account is unknown', async () => {
  expect(await reasonOf('bus', { ...sent('bus', { account: OWN }), eventSourceARN: '' })).toBe('untrusted');
});
