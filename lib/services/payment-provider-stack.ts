import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ChargeCallbackDue } from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** From a charge to its outcome, on a developer's machine. */
const LOCAL_PACE = { CHARGE_DELAY_SECONDS: '1' };

/**
 * A simulated bank, for every stage but prod: an outside party that knows nothing of this system. It is reached by HTTP alone,
 * with a key, and calls back; it publishes nothing on the bus. That it is built from the same blocks is of no consequence.
 */
export class PaymentProviderStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'payment-provider', props);
    const charges = this.table('charges', { partitionKey: 'chargeId' });
    const bookings = this.table('bookings', {
      partitionKey: 'bookingId',
      indexes: { 'by-day': { partitionKey: 'bookedOn', sortKey: 'bookedAt' } },
    });
    const simulation = this.table('simulation', { partitionKey: 'id' });
    const [key, signing] = [this.sharedKey('key'), this.sharedKey('signing')];

    // The merchant has a key of the bank's, and no identity in the bank's account.
    const open = { authorization: 'handler', secrets: [key] } as const;
    this.endpoint('create-charge', 'POST /charges', {
      ...open,
      emits: [ChargeCallbackDue],
      uses: [charges, bookings, simulation],
      secrets: [key, signing],
      environment: props.stage.name === 'local' ? LOCAL_PACE : {},
    });
    this.endpoint('get-charge', 'GET /charges/{chargeId}', { ...open, uses: [charges, simulation], readOnly: true });
    this.endpoint('rule-out-charge', 'POST /cancellations', { ...open, uses: [charges, simulation] });
    this.endpoint('create-refund', 'POST /refunds', { ...open, uses: [charges, bookings, simulation] });
    this.endpoint('get-settlement', 'GET /settlements/{date}', {
      ...open,
      uses: [bookings, simulation],
      readOnly: true,
    });
    this.endpoint('set-simulation', 'PUT /simulation', { ...open, uses: [simulation] });
    this.subscribe('send-callback', {
      to: [ChargeCallbackDue],
      uses: [charges, simulation],
      secrets: [signing],
      // From 5 s to 10 min: the receiver may be out of order for a while.
      backoff: { base: Duration.seconds(5), cap: Duration.minutes(10) },
    });

    this.announce('url', this.apiUrl);
    this.announce('key', key.secret.secretArn);
    this.announce('signing', signing.secret.secretArn);
  }
}
