import { byTime } from '../../../observe/flow';

const event = (channel: 'bus' | 'reminder', occurredAt: string) => ({ channel, occurredAt });

describe('events of a flow', () => {
  it('are in order of time, and a reminder comes after the events of its unit of work', () => {
    const reminder = event('reminder', '2026-01-01T00:00:01Z');
    const placed = event('bus', '2026-01-01T00:00:01Z');
    const later = event('bus', '2026-01-01T00:00:02Z');
    expect([later, reminder, placed].sort(byTime)).toEqual([placed, reminder, later]);
  });
});
