import { serviceOf } from '../../deployed/discover';
import { defineCommand, dryRun, rate } from '../command';
import { outboxEvents, republish } from '../outbox';
import { columns } from '../text';
import { optionalTime, parseTime } from '../times';
import { rateOf, UsageError } from '../usage';

export const outbox = defineCommand({
  name: 'outbox',
  summary: 'Events that services have emitted, by contract; --republish publishes them again.',
  details:
    'From the idempotency tables, so it needs neither the archive nor the streams. Consumers drop what they had. Reminders go\n' +
    'out again for the time when they are due, at once where that has passed.',
  options: {
    republish: { type: 'boolean', help: 'Publish them again.' },
    since: { type: 'string', value: 'time', help: 'Emitted since then: 2h, or 2026-01-31T12:00Z. Required.' },
    until: { type: 'string', value: 'time', help: 'Emitted before.' },
    service: { type: 'string', multiple: true, value: 'name', help: 'Only by these services.' },
    ...rate,
    ...dryRun,
  },
  examples: ['outbox --since 2h', 'outbox --republish --since 2h --service orders'],
  run: async ({ values }, context) => {
    if (values.since === undefined) throw new UsageError('outbox needs --since: 2h, or 2026-01-31T12:00Z.');
    const now = context.now();
    const since = parseTime('--since', values.since, now);
    const until = optionalTime('--until', values.until, now) ?? now;
    const { deployment } = context;
    const services = values.service?.map((name) => serviceOf(deployment, name)) ?? deployment.services;
    const window = { services, since, until };
    const isChange = values.republish === true && values['dry-run'] !== true;
    const events = isChange
      ? await republish(window, rateOf(values.rate), context)
      : await outboxEvents(window, context);
    const total = (what: 'emitted' | 'published' | 'setAside') => events.reduce((sum, one) => sum + one[what], 0);
    const head = isChange ? ['contract', 'emitted', 'published', 'set aside'] : ['contract', 'emitted'];
    const rows = events.map(({ contract, emitted, published, setAside }) =>
      isChange ? [contract, emitted, published, setAside] : [contract, emitted],
    );
    return {
      text: rows.length === 0 ? 'Nothing was emitted in that time.' : columns(head, rows),
      json: { since: since.toISOString(), until: until.toISOString(), republished: isChange, events },
      ...(total('setAside') > 0 && { failure: `${total('setAside')} events were refused: see "dlq list".` }),
    };
  },
});
