import { report } from '../runtime/http/report';
import { bankRoute } from './bank-route';
import { charge, show } from './charge';

const LOOK_AGAIN_SECONDS = 1;

/** Shows what became of a charge. */
export const handler = bankRoute((request, { runtime }) =>
  report('chargeId', charge, (known) => {
    const body = show(known, runtime.now());
    return { body, ...(body.status === 'pending' && { retryAfter: LOOK_AGAIN_SECONDS }) };
  }).run(request, runtime),
);
