import { report } from '../runtime/report';
import { charge, show } from './charge';
import { counter } from './counter';

const LOOK_AGAIN_SECONDS = 1;

/** Shows what became of a charge. */
export const handler = counter((request, { runtime }) =>
  report('chargeId', charge, (known) => {
    const body = show(known, runtime.now());
    return { body, ...(body.status === 'pending' && { retryAfter: LOOK_AGAIN_SECONDS }) };
  }).run(request, runtime),
);
