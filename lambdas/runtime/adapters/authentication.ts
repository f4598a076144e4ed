import type { Adapter, Delivery } from '../delivery';
import { PermanentError } from '../errors';

/** Options of {@link authentication}. */
export interface AuthenticationOptions {
  /** Further AWS accounts whose events are accepted: 12 digits each. @default only the account of the consumer's queue */
  readonly accounts?: readonly string[];
}

/**
 * Accepts only events from trusted senders, and parks all others with the reason `untrusted`. `source` and `detail-type` must
 * match the contract. An event from the bus must come from a trusted account: EventBridge sets `account`, and publishers cannot choose it.
 *
 * Reminders and topics do not pass through EventBridge, so their events carry no account. The policies of the queue and the topic
 * decide who may send them. A redriven event keeps its account, because its body does not change.
 *
 * @example
 * export const handler = consume(reserveStock, handle, [authentication({ accounts: ['111122223333'] })]);
 *
 * @param options further trusted accounts. Default: none
 */
export function authentication({ accounts = [] }: AuthenticationOptions = {}): Adapter {
  return (delivery, next) => {
    refuseUntrusted(delivery, accounts);
    return next();
  };
}

function refuseUntrusted({ message, contract, event }: Delivery, accounts: readonly string[]): void {
  const { name, source, account } = event;
  if (source !== contract.owner || name !== contract.name) {
    throw untrusted(`${source}.${name} is not ${contract.owner}.${contract.name}.`);
  }
  if (contract.channel !== 'bus' && account === undefined) return;
  if (account === undefined) {
    throw untrusted(`${source}.${name} has no account, so it was not sent by the bus. Publish it to the bus instead.`);
  }
  if (account === ownAccount(message.eventSourceARN) || accounts.includes(account)) return;
  throw untrusted(
    `${source}.${name} comes from account ${account}, which this consumer does not trust. ` +
      'To accept it, add the account to authentication({ accounts }), deploy, then redrive.',
  );
}

/** Returns the account of the consumer's queue, whose ARN Lambda sets: `arn:aws:sqs:region:account:name`. */
function ownAccount(queueArn: string): string | undefined {
  return queueArn.split(':')[4];
}

function untrusted(message: string): PermanentError {
  return new PermanentError(message, 'untrusted');
}
