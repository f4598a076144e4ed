export { eventOf, HandlerWorld } from '../support/handler-world';
export { httpRequest } from '../support/http-request';
