import { handler as closeParcel } from '../fixture/lambdas/depot/close-parcel';
import { handler as registerParcel } from '../fixture/lambdas/depot/register-parcel';
import { parcels } from '../fixture/lambdas/depot/service';
import { handler as weighParcel } from '../fixture/lambdas/scales/weigh-parcel';
import { type Flow, httpRequest, simulateFlow } from '../kit';

const begin = (flow: Flow) =>
  flow.request(registerParcel, httpRequest('POST /parcels', { parcelId: 'one', grams: 100 }));

describe('a flow in the simulation', () => {
  it('ends as expected in every order of its events', async () => {
    await simulateFlow({
      consumers: [weighParcel, closeParcel],
      begin,
      // There is no room.
      end: (flow) => {
        expect(flow.items(parcels)).toMatchObject([{ parcelId: 'one', status: 'refused' }]);
        expect(flow.emitted('scales').map(({ name }) => name)).toEqual(['ParcelRefused']);
      },
    });
  });

  it('names the seed of a world that did not', async () => {
    const failing = simulateFlow({
      consumers: [weighParcel],
      begin,
      end: (flow) => expect(flow.items(parcels)).toMatchObject([{ status: 'refused' }]),
    });
    await expect(failing).rejects.toThrow(/^Seed 1 \(.*\): /);
  });
});
