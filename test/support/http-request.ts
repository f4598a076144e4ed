import type { HttpRequest } from '../../lambdas/runtime/http/http';

/**
 * Returns a request as API Gateway passes it to a function.
 *
 * @param route method and path, e.g. `POST /greetings`
 * @param body the JSON body. Default: none
 * @param pathParameters values of the path's parameters. Default: none
 * @param headers further headers. Default: none
 */
export function httpRequest(
  route: string,
  body?: unknown,
  pathParameters: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  const [, rawPath = ''] = route.split(' ');
  return {
    version: '2.0',
    routeKey: route,
    rawPath,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', ...headers },
    pathParameters: { ...pathParameters },
    requestContext: {} as HttpRequest['requestContext'],
    isBase64Encoded: false,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}
