import { serveItem } from '../runtime/http/serve-item';
import { bankRoute } from './bank-route';
import { show } from './charge';
import { charges, getCharge } from './service';

const RETRY_AFTER_SECONDS = 1;

const shown = serveItem(getCharge, charges, (charge, { now }) => {
  const body = show(charge, now());
  return { body, ...(body.status === 'pending' && { retryAfter: RETRY_AFTER_SECONDS }) };
});

/** Returns a charge. While it is pending, the response has a `Retry-After`. */
export const handler = bankRoute(getCharge, (request, { runtime }) => shown.run(request, runtime));
