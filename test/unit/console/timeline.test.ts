import type { FlowDetail, FlowStep, OutgoingCall } from '../../../console/api';
import { entriesOf } from '../../../console/app/timeline';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
const step = (id: string, second: number, causationId: string, calls: readonly OutgoingCall[] = []): FlowStep => ({
  ...{ id, contract: `shop.${id}`, version: 1, channel: 'bus', occurredAt: at(second), causationId, data: {} },
  emitter: 'callbacks.deliver',
  receipts: [{ subscriber: 'callbacks.deliver', state: 'processed', at: at(second), calls }],
});
const webhook = (second: number, status: number): OutgoingCall => {
  return { at: at(second), method: 'POST', url: 'https://shop.example', key: 'msg_1', status, milliseconds: 5 };
};
const flowOf = (steps: readonly FlowStep[]) => {
  const requests = [{ id: 'request', function: 'shop.order', route: 'POST /orders', at: at(0) }];
  return { startedAt: at(0), requests, steps } as unknown as FlowDetail;
};
const names = (flow: FlowDetail) =>
  entriesOf(flow).map((entry) => {
    if (entry.kind === 'call') return `webhook ${entry.call.status} attempt ${entry.call.attempt}`;
    return entry.kind === 'request' ? entry.request.route : entry.step.id;
  });

describe('the timeline of a flow', () => {
  it('has each attempt of a webhook after the event that caused it, and before the event that it caused', () => {
    const flow = flowOf([
      step('Ordered', 0, 'request'),
      step('Due', 1, 'Ordered', [webhook(2, 503)]),
      step('DueAgain', 4, 'Due', [webhook(6, 200)]),
      // Its time is that of the start of the attempt.
      step('Delivered', 5, 'DueAgain'),
    ]);
    expect(names(flow)).toEqual([
      'POST /orders',
      'Ordered',
      'Due',
      'webhook 503 attempt 1',
      'DueAgain',
      'webhook 200 attempt 2',
      'Delivered',
    ]);
  });

  it('has the time since the entry before', () => {
    const flow = flowOf([step('Ordered', 0, 'request'), step('Due', 3, 'Ordered', [webhook(5, 200)])]);
    expect(entriesOf(flow).map(({ gap }) => gap)).toEqual([0, 0, 3_000, 2_000]);
  });
});
