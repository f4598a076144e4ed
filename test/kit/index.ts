/** The imports of services' tests: docs/testing.md. */
export { eventOf, HandlerWorld } from '../support/handler-world';
export { httpRequest } from '../support/http-request';
export { type Flow, type FlowOptions, simulateFlow } from './flow';
export { eventually, type LocalCloud, localCloud } from './local-cloud';
