import type { Context } from '../../../ops/command';
import { replay } from '../../../ops/commands/replay';

describe('a replay', () => {
  const replayOn = (arn: string) => {
    const context = { now: () => new Date('2026-01-31T12:00:00Z'), deployment: { broker: { bus: { arn } } } };
    return replay.run({ values: { from: '2h', to: '1h' }, words: [] }, context as unknown as Context);
  };

  it('names what replaces it when the bus is a Custom Event Bus', async () => {
    const bus = 'arn:aws:events:eu-west-1:111122223333:event-busv2/orders/1234567890abcdefghijklmno';
    await expect(replayOn(bus)).rejects.toThrow('A Custom Event Bus has no archive: use "outbox --republish"');
  });

  it('fails when the bus has no archive', async () => {
    await expect(replayOn('arn:aws:events:eu-west-1:111122223333:event-bus/orders')).rejects.toThrow(
      'The bus has no archive.',
    );
  });
});
