import { PaymentRecorded } from '../../contracts/payments';
import { defineService } from '../runtime/declare/service';
import type { BookEntry } from './payment-book';

/** Keeps books of its own, by direct subscription to payments' topic. */
export const reconciliation = defineService('reconciliation');

export const paymentBook = reconciliation.table('payment-book', { key: 'entryId' }).of<BookEntry>();

export const recordPayment = reconciliation.subscription('record-payment', {
  to: [PaymentRecorded],
  uses: [paymentBook],
});
