/**
 * The test kit: handlers in memory, flows in simulated worlds, and the whole application on a local cloud.
 *
 * @module
 */

export { type Flow, type FlowOptions, simulateFlow } from '../../../test/kit/flow';
export { eventually, type LocalCloud, localCloud } from '../../../test/kit/local-cloud';
export type { Expectation } from '../../../test/support/ending-log';
export { eventOf, HandlerWorld } from '../../../test/support/handler-world';
export { httpRequest } from '../../../test/support/http-request';
export { MemoryStore } from '../../../test/support/memory-store';
