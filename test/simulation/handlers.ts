import { dependenciesTable } from '../../lambdas/runtime/adapters/dependency';
import type { Consumer } from '../../lambdas/runtime/consume/consume';
import { consumerOf, type FunctionDeclaration } from '../../lambdas/runtime/declare/declaration';
import type { Table } from '../../lambdas/runtime/declare/table';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import type { ScheduledHandler } from '../../lambdas/runtime/schedule/scheduled';
import type { Manifest } from '../../lib/broker/manifest';
import type { Schema } from './aws/dynamodb';
import type { Invocation, Steps } from './invocation';
import { type SimulatedSchedule, type SimulatedSubscription, type SystemParts, subscriptionSettings } from './system';
import { olderRun } from './versions';

/** Replaces the run of a consumer that calls an outside system, such as a bank or a webhook receiver. */
export type Overrides = Readonly<Record<string, SimulatedSubscription['run']>>;

/** Returns all subscriptions of the app, with their settings. */
export function subscriptionsOf(
  { modules, manifests }: SystemParts,
  overrides: Overrides = {},
): SimulatedSubscription[] {
  return handlersIn<Consumer>(modules, 'subscription').map((handler) => {
    const { service, to } = handler.subscription;
    const name = consumerOf(handler.subscription);
    const run = overrides[name] ?? ((batch, runtime) => handler.run(batch, runtime));
    return { service, name, to, settings: subscriptionSettings(manifests, name), run, runOlder: olderRun(handler) };
  });
}

/** Runs a consumer that each function instance makes once. Its calls belong to the invocation that runs at the time. */
export function perInstance(make: (calls: Steps) => Consumer): SimulatedSubscription['run'] {
  const instances = new WeakMap<object, WarmConsumer>();
  return (batch, runtime, invocation) => {
    const { instance = {} } = runtime;
    const warm = instances.get(instance) ?? new WarmConsumer(make);
    instances.set(instance, warm);
    return warm.run(batch, runtime, invocation);
  };
}

class WarmConsumer {
  private invocation?: Invocation;
  private readonly consumer: Consumer;

  constructor(make: (calls: Steps) => Consumer) {
    const step: Invocation['step'] = (...call) => {
      if (!this.invocation) throw new Error('A consumer made a call before its first invocation.');
      return this.invocation.step(...call);
    };
    this.consumer = make({ step });
  }

  run: SimulatedSubscription['run'] = (batch, runtime, invocation) => {
    this.invocation = invocation;
    return this.consumer.run(batch, runtime);
  };
}

/** Returns all schedules of the app. @param isNeeded whether a schedule still has work */
export function schedulesOf(
  { modules, manifests }: SystemParts,
  isNeeded: (name: string) => boolean,
): SimulatedSchedule[] {
  return handlersIn<ScheduledHandler>(modules, 'schedule').map(({ schedule, run }) => {
    const name = consumerOf(schedule);
    const { everySeconds, timeoutSeconds } = scheduleManifest(manifests, name);
    return {
      service: schedule.service,
      name,
      everySeconds,
      timeoutSeconds,
      run: (runtime) => run({}, runtime),
      isNeeded: () => isNeeded(name),
    };
  });
}

/** Returns the tables of a function: those that it uses, and the one with the shared state of its dependencies. */
export function tablesOf({ service, uses, dependencies }: FunctionDeclaration): readonly Table[] {
  return dependencies.length > 0 ? [...uses, dependenciesTable(service)] : uses;
}

/** The keys of a table, by `<service>.<table>`. @throws Error when no declared function uses a table of that name */
export function schemaOf({ tables }: SystemParts, table: string): Schema {
  if (table.endsWith('.records')) return { key: 'id', timeToLive: 'expiresAt' };
  const schema = tables[table];
  if (!schema) throw new Error(`No function uses a table ${table}.`);
  return schema;
}

/** Returns the handler of an endpoint. @throws Error if it does not exist */
export function endpointOf({ modules }: SystemParts, name: string): HttpHandler {
  const found = handlersIn<HttpHandler>(modules, 'endpoint').find(({ endpoint }) => consumerOf(endpoint) === name);
  if (!found) throw new Error(`There is no endpoint ${name}.`);
  return found;
}

/** Returns the handlers of one kind among the modules. */
function handlersIn<Handler>(modules: SystemParts['modules'], kind: keyof Handler & string): Handler[] {
  return Object.values(modules).flatMap((module) => {
    const { handler } = module as { readonly handler?: Handler };
    return handler && kind in (handler as object) ? [handler] : [];
  });
}

function scheduleManifest(manifests: readonly Manifest[], name: string) {
  const found = manifests
    .flatMap(({ service, schedules = [] }) => schedules.map((one) => ({ key: `${service}.${one.name}`, one })))
    .find(({ key }) => key === name);
  if (!found) throw new Error(`No manifest has the schedule ${name}.`);
  return found.one;
}
