import { isReadOnly } from '../../lambdas/runtime/declare/declaration';
import { everyStage, type SynthesisedApp } from './app';
import { SYNTHESIS_TIMEOUT } from './synthesis';

let apps: SynthesisedApp[];
beforeAll(async () => {
  apps = Object.values(await everyStage());
}, SYNTHESIS_TIMEOUT);

test('every service publishes only its own events', () => {
  for (const app of apps) {
    for (const service of app.services) {
      const { subscriptions, endpoints, schedules = [] } = app.manifest(service);
      const emitted = [...subscriptions, ...endpoints, ...schedules].flatMap(({ emits }) => emits);
      expect(emitted.filter((name) => !name.startsWith(`${service}.`))).toEqual([]);
    }
  }
});

test('a manifest fits into an SSM parameter of 8 KB', () => {
  for (const app of apps) {
    const large = app.services.filter((service) => JSON.stringify(app.manifest(service)).length > 7_000);
    expect(large).toEqual([]);
  }
});

test('endpoints that only read publish nothing', () => {
  for (const app of apps) {
    const endpoints = app.services.flatMap((service) => app.manifest(service).endpoints);
    expect(endpoints.filter((one) => isReadOnly(one) && one.emits.length > 0)).toEqual([]);
  }
});
