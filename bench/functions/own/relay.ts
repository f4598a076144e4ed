import { handler as relay } from '../../../lambdas/runtime/outbox-relay';

export const handler = relay;
