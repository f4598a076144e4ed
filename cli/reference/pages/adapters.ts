/**
 * Adapters: wrappers that any subscription can put around its handler, outermost first.
 *
 * @module
 */

export { type AuthenticationOptions, authentication } from '../../../lambdas/runtime/adapters/authentication';
export type { CircuitEventData, CircuitEvents } from '../../../lambdas/runtime/adapters/breaker';
export type { CircuitPolicy } from '../../../lambdas/runtime/adapters/circuit';
export { type CircuitBreakerOptions, circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
export { deferInOutage } from '../../../lambdas/runtime/adapters/defer-in-outage';
export { degradation } from '../../../lambdas/runtime/adapters/degradation';
export { logging } from '../../../lambdas/runtime/adapters/logging';
export { type RateLimitOptions, rateLimit } from '../../../lambdas/runtime/adapters/rate-limit';
export { type WhenOptions, when } from '../../../lambdas/runtime/adapters/when';
export type { Adapter, Delivery, Requirements, SubscriptionSettings } from '../../../lambdas/runtime/delivery';
