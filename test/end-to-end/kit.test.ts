import { synthesiseFixture } from '../fixture/synthesis';
import { eventually, localCloud } from '../kit';
import { endpoint } from './cloud';

(endpoint === undefined ? describe.skip : describe)('the local cloud of a test', () => {
  const cloud = localCloud(() => synthesiseFixture('local'));

  it('runs the whole application', async () => {
    const parcels = `${cloud().api('depot')}/parcels`;
    const headers = { 'content-type': 'application/json' };
    await fetch(parcels, { method: 'POST', headers, body: JSON.stringify({ parcelId: 'kit', grams: 100 }) });
    const status = await eventually('the parcel is shipped', async () => {
      const answer = (await (await fetch(`${parcels}/kit`)).json()) as { status?: string };
      return answer.status === 'shipped' && answer.status;
    });
    expect(status).toBe('shipped');
  });
});
