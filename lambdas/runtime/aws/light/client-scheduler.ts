import { randomUUID } from 'node:crypto';
import { lightService, readJson } from './service';

const scheduler = lightService({
  name: 'scheduler',
  id: 'SCHEDULER',
  protocol: {
    // The protocol `restJson1`: the schedule's name is in the path.
    request: (_operation, { Name, ...input }: { readonly Name?: string }) => ({
      path: `/schedules/${encodeURIComponent(Name ?? '')}`,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ClientToken: randomUUID(), ...input }),
    }),
    read: readJson,
  },
});

export const SchedulerClient = scheduler.Client;
export const CreateScheduleCommand = scheduler.command('CreateSchedule');
export const ConflictException = scheduler.exception('ConflictException');
