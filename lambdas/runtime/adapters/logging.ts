import { redact } from '../../../contracts/core/sensitivity';
import type { Adapter } from '../delivery';

/** Adds the event's data to the line, without what its contract marks as personal or secret. */
export function logging(): Adapter {
  return ({ contract, event, notes }, next) => {
    notes.data = redact(contract.schema, event.data);
    return next();
  };
}
