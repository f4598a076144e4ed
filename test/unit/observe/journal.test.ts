import { newestFirst, type Page, type TimedEvent } from '../../../observe/journal';

const timeOf = (second: number) => new Date(second * 1_000).toISOString();
const event = (second: number) => ({ at: timeOf(second), id: `event ${second}` }) as TimedEvent;
/** Pages of a list. The last number of each is that of its last item, behind which all later items are sorted. */
async function* list(...pages: (readonly [seconds: number[], next: number])[]): AsyncGenerator<Page> {
  for (const [seconds, next] of pages) yield { events: seconds.map(event), next: timeOf(next) };
}

async function read(pages: AsyncIterable<Page>): Promise<number[][]> {
  const found: number[][] = [];
  for await (const events of newestFirst(pages)) found.push(events.map(({ at }) => Date.parse(at) / 1_000));
  return found;
}

describe('the newest events of a list', () => {
  it('holds events back that a later page can have newer ones than', async () => {
    expect(await read(list([[90, 60, 70], 80], [[75, 50], 75], [[40], 40]))).toEqual([
      [90],
      [],
      [75, 70, 60, 50],
      [40],
    ]);
  });

  it('leaves out the second copy of an event, on the same page and on the next one', async () => {
    expect((await read(list([[90, 90, 80], 80], [[80, 70], 70]))).flat()).toEqual([90, 80, 70]);
  });

  it('is empty without items', async () => {
    expect(await read(list())).toEqual([]);
  });
});
