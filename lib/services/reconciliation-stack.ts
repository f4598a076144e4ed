import type { Construct } from 'constructs';
import { PaymentRecorded } from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Keeps books of its own. The payments come to it by direct subscription: payments' topic, no bus. */
export class ReconciliationStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'reconciliation', props);
    const uses = [this.table('payment-book', { partitionKey: 'entryId' })];
    this.subscribe('record-payment', { to: [PaymentRecorded], uses });
  }
}
