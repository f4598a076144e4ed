import { redact } from '../../../contracts/core/sensitivity';
import type { Adapter } from '../delivery';

/**
 * Adds the event's data to the message's log line, in the field `data`. Values that the contract marks as personal or secret are
 * replaced by `[personal]` and `[secret]`.
 *
 * @example
 * export const handler = consume(reserveStock, handle, [logging()]);
 */
export function logging(): Adapter {
  return ({ contract, event, notes }, next) => {
    notes.data = redact(contract.schema, event.data);
    return next();
  };
}
