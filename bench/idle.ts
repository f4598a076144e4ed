import type { SynthesisedApp } from '../test/infrastructure/app';
import type { Charge } from './bill';

const SECONDS_PER_MONTH = (365 / 12) * 24 * 3_600;
/** Lambda polls an idle queue with five connections, each of which waits 20 s (Lambda Developer Guide, "Using Lambda with Amazon SQS"). */
const POLLERS = 5;
const LONG_POLL_SECONDS = 20;
const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
/** An invocation that finds nothing to do, in GB-seconds. */
const IDLE_INVOCATION = 0.5 * 0.02;

/** Returns the charges of a month in which nobody uses a stage, from its templates. */
export function idleCharges(app: SynthesisedApp): Charge[] {
  return [...app.templates.keys()].flatMap((service) => {
    const count = (type: string) => app.resources(type, service).length;
    const polled = app
      .resources<{ EventSourceArn?: unknown }>('AWS::Lambda::EventSourceMapping', service)
      .filter(({ properties }) => isQueue(app, service, properties.EventSourceArn)).length;
    const invocations = app
      .resources<{ ScheduleExpression?: string }>('AWS::Scheduler::Schedule', service)
      .reduce((sum, { properties }) => sum + SECONDS_PER_MONTH / secondsOf(properties.ScheduleExpression ?? ''), 0);
    const alarmMetrics = app
      .resources<{ Metrics?: readonly { MetricStat?: unknown }[] }>('AWS::CloudWatch::Alarm', service)
      .reduce((sum, { properties }) => sum + metricsIn(properties.Metrics), 0);
    const quantities = {
      alarmMetrics,
      compositeAlarms: count('AWS::CloudWatch::CompositeAlarm'),
      dashboards: count('AWS::CloudWatch::Dashboard'),
      keys: count('AWS::KMS::Key'),
      secrets: count('AWS::SecretsManager::Secret'),
      queueRequests: polled * POLLERS * (SECONDS_PER_MONTH / LONG_POLL_SECONDS),
      schedules: invocations,
      invocations,
      gigabyteSeconds: invocations * IDLE_INVOCATION,
    };
    return Object.entries(quantities)
      .filter(([, quantity]) => quantity > 0)
      .map(([line, quantity]) => ({ service, line: line as keyof typeof quantities, quantity }));
  });
}

/** An alarm costs as much as the metrics that it reads: one, or those of its expression. */
function metricsIn(metrics: readonly { MetricStat?: unknown }[] | undefined): number {
  return metrics ? metrics.filter(({ MetricStat }) => MetricStat !== undefined).length : 1;
}

function isQueue(app: SynthesisedApp, stack: string, arn: unknown): boolean {
  return app.target({ stack }, arn)?.type === 'AWS::SQS::Queue';
}

/** The seconds between two runs of a schedule: `rate(5 minutes)`, or a day for `cron(…)`. */
function secondsOf(expression: string): number {
  const [, count = '1', unit = 'day'] = /^rate\((\d+) (\w+?)s?\)$/.exec(expression) ?? [];
  return Number(count) * (SECONDS[unit] ?? SECONDS.day ?? 1);
}
