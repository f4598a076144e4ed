import { Lifetime } from '../../../cli/lifetime';
import { SdkClients } from '../../../deployed/clients';
import { apiUrl, type Deployment } from '../../../deployed/discover';
import { doorOf, openDoor } from '../../../local/cloud/http-door';
import { findFreePort } from '../../../local/emulator/port';
import { type AwsAnswer, type AwsCall, withAws } from '../../support/aws-endpoint';

let lifetime: Lifetime;
beforeEach(() => {
  lifetime = new Lifetime();
});
afterEach(() => lifetime.end());

const ROUTES = ['POST /orders', 'GET /orders/{orderId}', 'GET /orders/newest', 'GET /orders/{orderId}/lines/{line}'];

/** Runs a test against a door to the service `shop`, whose functions are named for their routes. */
async function withDoor(
  answer: (call: AwsCall) => AwsAnswer,
  use: (url: string, calls: AwsCall[], deployment: Deployment) => Promise<void>,
): Promise<void> {
  const door = `http://127.0.0.1:${await findFreePort()}`;
  await withAws(answer, async ({ endpoint }, calls) => {
    const endpoints = ROUTES.map((route) => ({ name: route, route, function: route.replaceAll(/\W/g, '_') }));
    const services = [{ service: 'shop', endpoints, api: { url: `${door}/shop` } }];
    const deployment = { endpoint, services, clients: new SdkClients(endpoint) } as unknown as Deployment;
    await openDoor(door, deployment, lifetime);
    await use(`${door}/shop`, calls, deployment);
  });
}

const accepted = () => ({
  status: 200,
  body: { statusCode: 202, headers: { location: '/orders/1' }, body: '{"id":"1"}' },
});

describe('the HTTP door', () => {
  it('invokes the function of a route with the payload of API Gateway, and returns its response', async () => {
    await withDoor(accepted, async (url, calls) => {
      const headers = { 'content-type': 'application/json', 'Idempotency-Key': 'k' };
      const response = await fetch(`${url}/orders?dry=1&tag=a&tag=b`, { method: 'POST', headers, body: '{"ä":1}' });
      expect([response.status, response.headers.get('location'), await response.json()]).toEqual([
        202,
        '/orders/1',
        { id: '1' },
      ]);
      expect(calls).toMatchObject([
        {
          target: '/2015-03-31/functions/POST__orders/invocations',
          body: {
            version: '2.0',
            routeKey: 'POST /orders',
            rawPath: '/orders',
            rawQueryString: 'dry=1&tag=a&tag=b',
            queryStringParameters: { dry: '1', tag: 'a,b' },
            headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
            body: '{"ä":1}',
            isBase64Encoded: false,
            requestContext: { http: { method: 'POST', path: '/orders' }, stage: '$default' },
          },
        },
      ]);
    });
  });

  it('encodes a body that is not text', async () => {
    await withDoor(accepted, async (url, calls) => {
      await fetch(`${url}/orders`, { method: 'POST', body: new Uint8Array([0xff, 0x00]) });
      expect(calls[0]?.body).toMatchObject({ body: '/wA=', isBase64Encoded: true });
    });
  });

  it.each([
    ['/orders/a%20b', 'GET__orders__orderId_', { orderId: 'a b' }],
    ['/orders/newest', 'GET__orders_newest', undefined],
    ['/orders/1/lines/2', 'GET__orders__orderId__lines__line_', { orderId: '1', line: '2' }],
  ])('finds the most specific route of %s', async (path, name, pathParameters) => {
    await withDoor(accepted, async (url, calls) => {
      await fetch(url + path);
      expect(calls[0]?.target).toBe(`/2015-03-31/functions/${name}/invocations`);
      expect(calls[0]?.body.pathParameters).toEqual(pathParameters);
    });
  });

  it.each(['/orders', '/orders/', '/orders/1/2', '/nowhere', '/../other/orders'])('has no GET %s', async (path) => {
    await withDoor(accepted, async (url, calls) => {
      const response = await fetch(url + path);
      expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
      expect(calls).toEqual([]);
    });
  });

  it('answers 400 to a path that cannot be decoded', async () => {
    await withDoor(accepted, async (url, calls) => {
      expect((await fetch(`${url}/orders/%E0%A4%A`)).status).toBe(400);
      expect(calls).toEqual([]);
    });
  });

  it.each([
    ['fails', () => ({ status: 500, body: { __type: 'ServiceException' } })],
    ['does not exist', () => ({ status: 404, body: { __type: 'ResourceNotFoundException' } })],
  ])('answers 500 when the function %s', async (_, answer) => {
    await withDoor(answer, async (url) => {
      const response = await fetch(`${url}/orders/1`);
      expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    });
  });

  it('is the URL of services without an API of API Gateway', async () => {
    await withDoor(accepted, async (url, _, deployment) => {
      expect(apiUrl(deployment, 'shop')).toBe(url);
      expect(doorOf(deployment)).toBe(new URL(url).origin);
      const api = { id: 'a1', url: 'https://a1.execute-api.us-east-1.amazonaws.com/' };
      const services = deployment.services.map((service) => ({ ...service, api }));
      expect(doorOf({ ...deployment, services })).toBeUndefined();
    });
  });
});
