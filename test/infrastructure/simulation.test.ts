import type { EventContract } from '../../contracts';
import { fullName } from '../../lib/broker/manifest';
import { schedules, subscriptions } from '../../sample/simulation/system';
import { SynthesisedApp } from './app';
import { SYNTHESIS_TIMEOUT, synthesise } from './synthesis';

const names = (contracts: readonly EventContract[]) => contracts.map(fullName).sort();

test(
  'the simulated system has the subscriptions and the schedules of the deployed one',
  async () => {
    const dev = new SynthesisedApp('dev', await synthesise('dev'));
    const { services } = dev;
    const deployed = services.flatMap((service) =>
      dev
        .manifest(service)
        .subscriptions.map(({ name, to, emits }) => [`${service}.${name}`, to.toSorted(), emits.toSorted()]),
    );
    const simulated = subscriptions.map(({ name, to, emits }) => [name, names(to), names(emits)]);
    expect(simulated.sort()).toEqual(deployed.sort());
    const scheduled = services.flatMap((service) =>
      (dev.manifest(service).schedules ?? []).map(({ name }) => `${service}.${name}`),
    );
    expect(schedules.map(({ name }) => name).sort()).toEqual(scheduled.sort());
  },
  SYNTHESIS_TIMEOUT,
);
