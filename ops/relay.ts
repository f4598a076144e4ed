import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Failure } from '../cli/failure';
import { variables } from '../lambdas/runtime/aws/settings';
import { awsPublisher, type Targets } from '../lambdas/runtime/publish/aws-publisher';
import { busClient } from '../lambdas/runtime/publish/bus';
import type { Publisher } from '../lambdas/runtime/publish/publish';
import type { ReminderTargets } from '../lambdas/runtime/publish/reminders';
import type { Log } from '../lambdas/runtime/runtime';
import type { Manifest } from '../lib/broker/manifest';
import type { Context } from './command';

/** Returns a publisher with the settings of a service's relay: the same bus, topic, reminder queues and dead-letter queue. */
export async function relayPublisher(
  { service, relay }: Pick<Manifest, 'service' | 'relay'>,
  context: Context,
): Promise<Publisher> {
  const { Environment } = await context.clients.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: relay.function }),
  );
  const targets = targetsOf(service, Environment?.Variables ?? {}, relay.deadLetterQueue);
  const { clients } = context.deployment;
  const channels = {
    bus: (bus: string) => clients.of(busClient(bus)),
    topics: () => clients.of(SNSClient),
    queues: () => clients.of(SQSClient),
    schedules: () => clients.of(SchedulerClient),
  };
  return awsPublisher(targets, problemsOnly(context), channels, context.time);
}

function targetsOf(service: string, settings: Readonly<Record<string, string>>, deadLetterQueue: string): Targets {
  const bus = settings[variables.bus];
  if (bus === undefined) throw new Failure(`The relay of ${service} has no setting ${variables.bus}.`);
  const reminders = JSON.parse(settings[variables.reminders] ?? '{"queues":{}}') as ReminderTargets;
  return { bus, topic: settings[variables.topic], reminders, deadLetterQueue };
}

/** Prints warnings and errors, and drops the line about each published event. */
function problemsOnly({ note }: Context): Log {
  const print = (message: string, fields?: object) => note(`${message}: ${JSON.stringify(fields)}`);
  return { info: () => {}, warn: print, error: print };
}
