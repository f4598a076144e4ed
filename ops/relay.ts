import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { Failure } from '../cli/failure';
import { clientSettings } from '../deployed/environment';
import { variables } from '../lambdas/runtime/aws/settings';
import { awsPublisher, type Targets } from '../lambdas/runtime/publish/aws-publisher';
import type { Publisher } from '../lambdas/runtime/publish/publish';
import type { ReminderTargets } from '../lambdas/runtime/publish/reminders';
import type { Log } from '../lambdas/runtime/runtime';
import type { Manifest } from '../lib/broker/manifest';
import type { Context } from './command';

/** Publishes what a service's relay would, to where it would: its own settings say where. */
export async function relayPublisher({ service, relay }: Manifest, context: Context): Promise<Publisher> {
  const { Environment } = await context.clients.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: relay.function }),
  );
  const targets = targetsOf(service, Environment?.Variables ?? {}, relay.deadLetterQueue);
  return awsPublisher(targets, logTo(context), clientSettings(context.deployment.endpoint));
}

function targetsOf(service: string, settings: Readonly<Record<string, string>>, deadLetterQueue: string): Targets {
  const bus = settings[variables.bus];
  if (bus === undefined) throw new Failure(`The relay of ${service} has no setting ${variables.bus}.`);
  const reminders = JSON.parse(settings[variables.reminders] ?? '{"queues":{}}') as ReminderTargets;
  return { bus, topic: settings[variables.topic], reminders, deadLetterQueue };
}

/** Only what goes wrong is worth a line. */
function logTo({ note }: Context): Log {
  const say = (message: string, fields?: object) => note(`${message}: ${JSON.stringify(fields)}`);
  return { info: () => {}, warn: say, error: say };
}
