import { defineReconciliationContracts } from '../../../contracts/core/reconciliation';
import type { Deployment } from '../../../deployed/discover';
import type { Item } from '../../../lambdas/runtime/store/store';
import { fullName } from '../../../lib/broker/manifest';
import { type Answers, readAnswers, sdkClients } from '../../support/sdk-clients';
import type { Ledger } from '../reconciliation/ledger';

export const ARN = 'arn:aws:iam::1:user/ada';

/**
 * A deployment of the ledger, as far as operators' commands call it: its tables, and a queue that delivers at once.
 *
 * @param receive what becomes of a message. Default: the ledger processes it, and all that follows
 */
export function deploymentOf(ledger: Ledger, receive = (body: string) => ledger.receive(body)): Deployment {
  const { ReconciliationDue } = defineReconciliationContracts('ledger');
  const names = ['reconciliation-runs', 'reconciliation-shards', 'discrepancies'];
  const services = [
    {
      service: 'ledger',
      records: 'records',
      tables: Object.fromEntries(names.map((name) => [name, name])),
      endpoints: [],
      subscriptions: [{ name: 'reconcile', queue: 'https://queue', to: [fullName(ReconciliationDue)] }],
    },
  ];
  const answers: Answers = {
    ...readAnswers((table) => ledger.world.store.items<Item>(table)),
    GetCallerIdentityCommand: () => ({ Arn: ARN }),
    SendMessageBatchCommand: async ({ Entries }) => {
      for (const { MessageBody } of Entries) await receive(MessageBody);
      return {};
    },
  };
  return { stage: 'local', services, clients: sdkClients(answers) } as never;
}
