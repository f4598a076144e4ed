import { type ChainOptions, runChain } from '../../../bench/chain';

const chain = (options: Partial<ChainOptions> = {}) =>
  runChain({
    links: [
      { service: 'front', work: 10 },
      { service: 'back', work: 20 },
    ],
    arrivals: [0],
    concurrency: 10,
    timeout: 1_000,
    attempts: 2,
    slower: () => 0,
    ...options,
  });

test('answers when the work of all services is done', async () => {
  const { requests } = await chain();
  expect(requests).toEqual([{ arrivedAt: 0, endedAt: 30, succeeded: true }]);
});

test('fails a request after the last attempt to call a dead service', async () => {
  const { requests } = await chain({ slower: (service) => (service === 'back' ? Number.POSITIVE_INFINITY : 0) });
  expect(requests).toMatchObject([{ succeeded: false }]);
});

test('gives up a call after the timeout, which the service does not notice', async () => {
  const slower = (service: string) => (service === 'back' ? 5_000 : 0);
  const { requests, most } = await chain({ slower });
  expect(requests).toMatchObject([{ succeeded: false }]);
  expect(requests[0]?.endedAt).toBeGreaterThan(2 * 1_000);
  expect(most.get('back')).toBe(2);
});

test('refuses requests above the concurrency of a service', async () => {
  const { requests, most } = await chain({ arrivals: [0, 0, 0], concurrency: 2, attempts: 1 });
  expect(requests.filter(({ succeeded }) => succeeded)).toHaveLength(2);
  expect(most.get('front')).toBe(2);
});

test('serves again when the trouble is over', async () => {
  const { requests } = await chain({
    arrivals: [0, 5_000],
    slower: (_, at) => (at < 4_000 ? Number.POSITIVE_INFINITY : 0),
  });
  expect(requests.map(({ succeeded }) => succeeded)).toEqual([false, true]);
});
