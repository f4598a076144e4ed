import { Failure, UsageError } from '../../cli/failure';
import { loadContracts } from '../../contracts/core/load-contracts';
import { redactionOf, showAll } from '../../observe/redaction';
import { traceOf } from '../../observe/trace';
import { defineCommand } from '../command';
import { formatFlow } from '../format-flow';

export const trace = defineCommand({
  name: 'trace',
  summary: 'Shows the story of a flow: its events, what each subscriber did with them, and where it is stuck.',
  details:
    'Takes any id: of an event, a request, a correlation, a message, a webhook, or an id in events’ data such as an order’s.\n' +
    'The receipt of an event is the subscriber’s idempotency record, or in an item of its inbox. Events without one are looked up in\n' +
    'dead-letter queues and logs.',
  words: 'id',
  options: {
    data: { type: 'boolean', help: 'Shows the data of the events, without personal and secret values.' },
    personal: { type: 'boolean', help: 'Shows the data with personal and secret values.' },
  },
  examples: ['trace 942723a0-c9fa-88e2-8a41-59e29c238935', 'trace 942723a0-… --data --json'],
  run: async ({ values, words }, { deployment, now, note }) => {
    const [id, ...more] = words;
    if (id === undefined || more.length > 0) throw new UsageError('trace needs one id.');
    if (deployment.journal === undefined)
      note('The journal is not deployed: only flows whose first request is known are found.');
    const show = values.personal ? showAll : redactionOf(await loadContracts());
    const flow = await traceOf(deployment, id, { show, now: now() });
    if (flow === undefined) throw new Failure(`No flow is known for "${id}".`);
    return { text: formatFlow(flow, { withData: values.data === true || values.personal === true }), json: flow };
  },
});
