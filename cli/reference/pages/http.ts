/**
 * HTTP endpoints, signed requests and webhooks.
 *
 * @module
 */

export { type Acceptance, accept, type HttpHandler, type RequestHandler } from '../../../lambdas/runtime/http/accept';
export {
  callerOf,
  type FieldError,
  type HttpRequest,
  type HttpResponse,
  Problem,
  pointer,
  problemResponse,
} from '../../../lambdas/runtime/http/http';
export { reachable } from '../../../lambdas/runtime/http/reachable';
export { type Representation, serveItem } from '../../../lambdas/runtime/http/serve-item';
export { type SecretsSource, secretsOf, signed } from '../../../lambdas/runtime/http/signed';
export type { Resolver } from '../../../lambdas/runtime/webhooks/public-address';
export {
  parseRetryAfter,
  type SigningSecrets,
  sendWebhook,
  signedHeaders,
  type WebhookMessage,
  type WebhookOptions,
  type WebhookResult,
} from '../../../lambdas/runtime/webhooks/webhook';
export { type AddressRules, addressProblem, addressRules } from '../../../lambdas/runtime/webhooks/webhook-address';
