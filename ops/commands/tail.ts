import { printable } from '../../cli/text';
import { contractName } from '../../observe/flow';
import { tailEvents } from '../../observe/journal';
import { defineCommand } from '../command';
import { parseOptionalTime } from '../times';

export const tail = defineCommand({
  name: 'tail',
  summary: 'Follows events and reminders, until Ctrl-C.',
  details:
    'Reads the journal, which receives events some seconds late. A reminder appears when it is scheduled, not when it is due.\n' +
    'With --json, each event is one line.',
  options: {
    contract: { type: 'string', value: 'name', help: 'Only this contract: OrderCreated, or orders.OrderCreated.' },
    service: { type: 'string', value: 'name', help: 'Only events that this service published.' },
    'correlation-id': { type: 'string', value: 'id', help: 'Only events of this flow.' },
    since: { type: 'string', value: 'time', help: 'Begins at this time: 10m, or 2026-01-31T12:00Z (now).' },
  },
  examples: ['tail', 'tail --contract PaymentFailed', 'tail --service orders --since 10m'],
  run: async ({ values }, { deployment, lifetime, now, out, json }) => {
    const { contract, service, 'correlation-id': correlationId } = values;
    const from = parseOptionalTime('--since', values.since, now()) ?? now();
    for await (const event of tailEvents(deployment, { contract, service, correlationId }, lifetime.signal, from)) {
      const text = `${event.at.slice(11, 23)}  ${contractName(event).padEnd(34)} ${event.correlationId}  ${event.id}`;
      out(json ? JSON.stringify(event) : printable(text));
    }
    return {};
  },
});
