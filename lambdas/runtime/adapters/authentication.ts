import type { Adapter, Delivery } from '../delivery';
import { PermanentError } from '../errors';

export interface AuthenticationOptions {
  /** Further AWS accounts whose events are trusted. @default only the consumer's own */
  readonly accounts?: readonly string[];
}

/**
 * Takes events only from who may send them: `source` and `detail-type` must be its contract's, and what comes over the bus must
 * come from an account that is trusted. EventBridge writes `account` and no publisher can choose it.
 *
 * Reminders and topics do not pass EventBridge, so their events name no account: who may write to those is decided by the policies
 * of the queue and the topic. A redriven message is as it came, so an event of the bus still has its account.
 */
export function authentication({ accounts = [] }: AuthenticationOptions = {}): Adapter {
  return (delivery, next) => {
    refuseStranger(delivery, accounts);
    return next();
  };
}

function refuseStranger({ message, contract, event }: Delivery, accounts: readonly string[]): void {
  const { name, source, account } = event;
  if (source !== contract.owner || name !== contract.name) {
    throw untrusted(`${source}.${name} is not ${contract.owner}.${contract.name}.`);
  }
  if (contract.channel !== 'bus' && account === undefined) return;
  if (account === undefined) {
    throw untrusted(`${source}.${name} says no account, so it did not come over the bus. Publish it there instead.`);
  }
  if (account === ownAccount(message.eventSourceARN) || accounts.includes(account)) return;
  throw untrusted(
    `${source}.${name} comes from account ${account}, which this consumer does not trust. ` +
      'If it should, name the account in authentication({ accounts }), deploy, then redrive.',
  );
}

/** Lambda writes the ARN of the queue, which is in the same account. `arn:aws:sqs:region:account:name` */
function ownAccount(queueArn: string): string | undefined {
  return queueArn.split(':')[4];
}

function untrusted(message: string): PermanentError {
  return new PermanentError(message, 'untrusted');
}
