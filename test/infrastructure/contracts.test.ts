import * as contracts from '../../contracts';
import { contractsIn } from '../../contracts/core/contracts-in';
import { everyStage, type SynthesisedApp } from './app';
import { SYNTHESIS_TIMEOUT } from './synthesis';

let apps: SynthesisedApp[];
beforeAll(async () => {
  apps = Object.values(await everyStage());
}, SYNTHESIS_TIMEOUT);

const all = contractsIn(contracts).map(({ owner, name }) => `${owner}.${name}`);

function emitted(app: SynthesisedApp, service: string): string[] {
  const { subscriptions, endpoints } = app.manifest(service);
  return [...subscriptions, ...endpoints].flatMap(({ emits }) => emits);
}

function received(app: SynthesisedApp): string[] {
  return app.services.flatMap((service) => app.manifest(service).subscriptions.flatMap(({ to }) => to));
}

test('every contract has a name of its own', () => {
  expect(new Set(all).size).toBe(all.length);
});

/** Those of services that the stage has: prod has no simulated bank. */
function contractsOf(app: SynthesisedApp): string[] {
  return all.filter((name) => app.services.some((service) => name.startsWith(`${service}.`)));
}

test('every contract has a publisher', () => {
  for (const app of apps) {
    const published = new Set(app.services.flatMap((service) => emitted(app, service)));
    expect(contractsOf(app).filter((name) => !published.has(name))).toEqual([]);
  }
  expect(new Set(apps.flatMap(contractsOf))).toEqual(new Set(all));
});

/** The changes of a circuit: no service needs them, whoever operates one may subscribe. */
const forOperators = ['payments.PaymentProviderLost', 'payments.PaymentProviderRegained'];

test('every contract has a subscriber, unless it is for operators', () => {
  for (const app of apps) {
    const heard = new Set([...received(app), ...forOperators]);
    expect(contractsOf(app).filter((name) => !heard.has(name))).toEqual([]);
  }
});

test('every event that is published or received has a contract', () => {
  for (const app of apps) {
    const used = [...received(app), ...app.services.flatMap((service) => emitted(app, service))];
    expect(used.filter((name) => !all.includes(name))).toEqual([]);
  }
});

test('every service publishes events of its own and no others', () => {
  for (const app of apps) {
    for (const service of app.services) {
      expect(emitted(app, service).filter((name) => !name.startsWith(`${service}.`))).toEqual([]);
    }
  }
});
