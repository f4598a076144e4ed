import type { Subject } from './rounds';

const own = (name: string, options: Partial<Subject> = {}): Subject => ({
  name: `ours: ${name}`,
  file: `own/${name}`,
  ...options,
});

/** Consumers that store a reservation and emit an event for each order, ten messages in a batch. */
export const consumers: readonly Subject[] = [
  { name: 'Powertools', file: 'peers/powertools' },
  { name: 'Powertools, 10 % duplicates', file: 'peers/powertools', duplicates: true },
  { name: 'middy and Powertools', file: 'peers/middy' },
  { name: 'hand-written', file: 'peers/hand-written' },
  { name: 'one transaction per message', file: 'peers/transaction' },
  { name: 'one transaction, 10 % duplicates', file: 'peers/transaction', duplicates: true },
  own('confirm-order'),
  own('confirm-order', { name: 'ours: confirm-order, 10 % duplicates', duplicates: true }),
  own('reserve-stock'),
  own('reserve-stock', { name: 'ours: reserve-stock, hot articles', isHot: true }),
];

/** Relays beside the consumer that all others are compared with. */
export const relays: readonly Subject[] = [
  { name: 'Powertools consumer', file: 'peers/powertools' },
  { name: 'lean relay', file: 'peers/lean-relay', input: 'stream' },
  { name: 'ours: relay', file: 'own/relay', input: 'stream' },
];
