import { UsageError } from '../../cli/failure';
import { formatTable } from '../../cli/table';
import { serviceOf } from '../../deployed/discover';
import { defineCommand, dryRun, rate } from '../command';
import { rateOf } from '../command-line';
import { countOutbox, republish } from '../outbox';
import { parseOptionalTime, parseTime } from '../times';

export const outbox = defineCommand({
  name: 'outbox',
  summary: 'Counts the events that services have emitted; --republish publishes them again.',
  details:
    'Reads the idempotency tables and the inboxes: neither the archive nor the streams are needed. Consumers\n' +
    'deduplicate the events. Reminders are scheduled again for their due time, and sent at once when that has passed.',
  options: {
    republish: { type: 'boolean', help: 'Publishes the events again.' },
    since: { type: 'string', value: 'time', help: 'Emitted since this time: 2h, or 2026-01-31T12:00Z. Required.' },
    until: { type: 'string', value: 'time', help: 'Emitted before this time (now).' },
    service: { type: 'string', multiple: true, value: 'name', help: 'Only events of these services.' },
    ...rate,
    ...dryRun,
  },
  examples: ['outbox --since 2h', 'outbox --republish --since 2h --service orders'],
  run: async ({ values }, context) => {
    if (values.since === undefined) throw new UsageError('outbox needs --since: 2h, or 2026-01-31T12:00Z.');
    const now = context.now();
    const since = parseTime('--since', values.since, now);
    const until = parseOptionalTime('--until', values.until, now) ?? now;
    const { deployment } = context;
    const services = values.service?.map((name) => serviceOf(deployment, name)) ?? deployment.services;
    const window = { services, since, until };
    const isRepublished = values.republish === true && values['dry-run'] !== true;
    const events = isRepublished
      ? await republish(window, rateOf(values.rate), context)
      : await countOutbox(window, context);
    const setAside = events.reduce((sum, one) => sum + one.setAside, 0);
    const head = isRepublished ? ['contract', 'emitted', 'published', 'set aside'] : ['contract', 'emitted'];
    const rows = events.map((one) =>
      isRepublished ? [one.contract, one.emitted, one.published, one.setAside] : [one.contract, one.emitted],
    );
    return {
      text: rows.length === 0 ? 'No events were emitted in that time.' : formatTable(head, rows),
      json: { since: since.toISOString(), until: until.toISOString(), republished: isRepublished, events },
      ...(setAside > 0 && { failure: `${setAside} events were refused: see "dlq list".` }),
    };
  },
});
