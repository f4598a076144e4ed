import { App } from 'aws-cdk-lib';
import * as contracts from '../contracts';
import { contractsIn } from '../contracts/core/contracts-in';
import { BrokerStack } from '../lib/broker/broker-stack';
import { hasJournal } from '../lib/broker/journal/has-journal';
import { JournalStack } from '../lib/broker/journal/journal-stack';
import { addSecurityChecks } from '../lib/broker/security-checks';
import { stageOf } from '../lib/broker/stage';
import { CallbacksStack } from '../lib/services/callbacks-stack';
import { CheckoutStack } from '../lib/services/checkout-stack';
import { InventoryStack } from '../lib/services/inventory-stack';
import { OrdersStack } from '../lib/services/orders-stack';
import { PaymentProviderStack } from '../lib/services/payment-provider-stack';
import { PaymentsStack } from '../lib/services/payments-stack';
import { ReconciliationStack } from '../lib/services/reconciliation-stack';
import { ShippingStack } from '../lib/services/shipping-stack';

const app = new App();
const stage = stageOf(app.node);
addSecurityChecks(app, stage);
const { broker } = new BrokerStack(app, {
  stage,
  contracts: contractsIn(contracts),
  flow: { starts: [contracts.OrderPlaced], ends: [contracts.OrderCompleted, contracts.OrderCancelled] },
});

new CheckoutStack(app, { stage, broker });
new OrdersStack(app, { stage, broker });
new InventoryStack(app, { stage, broker });
const payments = new PaymentsStack(app, { stage, broker });
new ShippingStack(app, { stage, broker });
new CallbacksStack(app, { stage, broker });
// Subscribes to the topic of payments, so it is created after payments.
const reconciliation = new ReconciliationStack(app, { stage, broker });

// In prod a real provider replaces it. An operator writes the parameters that payments reads.
if (stage.kind !== 'prod') {
  const provider = new PaymentProviderStack(app, { stage, broker });
  for (const reader of [payments, reconciliation]) {
    reader.addStackDependency(provider, 'reads parameters that the payment provider writes');
  }
}

// Optional: `-c journal=false` leaves it out. Created last, because it subscribes to the services' topics.
if (hasJournal(app.node)) new JournalStack(app, { stage, broker });
