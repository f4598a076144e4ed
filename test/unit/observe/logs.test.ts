import type { Deployment } from '../../../deployed/discover';
import { findFlow } from '../../../observe/find-flow';
import { readLogs } from '../../../observe/logs';
import { readAnswers, sdkClients } from '../../support/sdk-clients';

const published = {
  level: 'INFO',
  message: 'published',
  timestamp: '2026-01-31T12:00:00.000Z',
  service: 'depot',
  events: [
    { event: 'ParcelRegistered', eventId: 'event-1', correlationId: 'flow-1' },
    { event: 'ParcelClosed', eventId: 'event-2', correlationId: 'flow-2' },
  ],
};

/** A deployment whose one relay has published two events by one call. */
function deploymentWithRelay(): Deployment {
  const depot = { service: 'depot', records: 'records', relay: { function: 'relay' } };
  const clients = sdkClients({
    ...readAnswers(() => []),
    GetFunctionConfigurationCommand: () => ({}),
    FilterLogEventsCommand: () => ({ events: [{ timestamp: 0, message: JSON.stringify(published) }] }),
  });
  return { stage: 'dev', services: [{ ...depot, subscriptions: [], endpoints: [] }], clients } as never;
}

const idsOf = (lines: readonly { readonly fields: Readonly<Record<string, unknown>> }[]) =>
  lines.map(({ fields }) => fields.eventId);

test('reads the line of a call as a line for each event that it published', async () => {
  const lines = await readLogs(deploymentWithRelay());
  expect(lines).toMatchObject([
    { message: 'published', fields: { event: 'ParcelRegistered', eventId: 'event-1', correlationId: 'flow-1' } },
    { message: 'published', fields: { event: 'ParcelClosed', eventId: 'event-2', correlationId: 'flow-2' } },
  ]);
});

test.each([
  ['an id', 'flow-2', ['event-2']],
  ['what the events share', 'depot', ['event-1', 'event-2']],
])('shows of these events those that contain %s', async (_, containing, expected) => {
  expect(idsOf(await readLogs(deploymentWithRelay(), { containing }))).toEqual(expected);
});

test('finds the flow of an event that nobody has processed yet', async () => {
  expect(await findFlow(deploymentWithRelay(), 'event-2')).toBe('flow-2');
});
