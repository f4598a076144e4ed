import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  AlarmRule,
  AlarmState,
  CompositeAlarm,
  type IMetric,
  MathExpression,
  Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { EventContract } from '../../../contracts/core/contract';
import { StageStack } from '../stage-stack';
import { describeAlarm, watch } from './alarms';

/** The events on the bus that begin and end the app's business: an order is placed, and it is completed or cancelled. */
export interface BusinessFlow {
  /** Events of the bus that begin a flow. */
  readonly starts: readonly EventContract[];
  /** Events of the bus that end a flow. */
  readonly ends: readonly EventContract[];
}

export interface FlowAlarmProps extends BusinessFlow {
  readonly bus: IEventBus;
}

/** The period that is compared: flows that take longer count as not ended. */
const PERIOD = Duration.minutes(15);
/** With fewer started flows in {@link PERIOD}, the ratio of ended flows is not significant. */
const ENOUGH = 5;
/** Ratio of ended to started flows, below which the alarm is raised. */
const RATIO = 0.5;

/**
 * An alarm that is raised when flows start but do not end. It is a composite of two alarms without actions: one for far fewer ended
 * than started flows, one for no ended flow at all. EventBridge counts the events of a rule without charge, so the rules have no
 * targets.
 */
export class FlowAlarm extends Construct {
  /** Flows that started and ended, for dashboards. */
  readonly metrics: readonly IMetric[];

  constructor(scope: Construct, id: string, { bus, starts, ends }: FlowAlarmProps) {
    super(scope, id);
    const started = this.count(bus, 'Started', starts);
    const ended = this.count(bus, 'Ended', ends);
    this.metrics = [started, ended];
    const expression = (text: string) =>
      new MathExpression({ expression: text, usingMetrics: { started, ended: ended }, period: PERIOD });
    const few = watch(this, 'FewEnd', {
      // A missing value means no event.
      metric: expression(`IF(FILL(started, 0) >= ${ENOUGH} AND FILL(ended, 0) < ${RATIO} * FILL(started, 0), 1, 0)`),
      threshold: 1,
      periods: 2,
      meaning: `For ${PERIOD.toMinutes() * 2} minutes, fewer than half as many flows have ended as have started.`,
      runbook: 'not-flowing',
      isSilent: true,
    });
    const none = watch(this, 'NoneEnds', {
      metric: expression('IF(FILL(started, 0) >= 1 AND FILL(ended, 0) < 1, 1, 0)'),
      threshold: 1,
      periods: 2,
      meaning: `For ${PERIOD.toMinutes() * 2} minutes, flows have started and none has ended.`,
      runbook: 'not-flowing',
      isSilent: true,
    });
    for (const part of [few, none]) {
      Validations.of(part).acknowledge({
        id: 'cdk-validator-cfnguard::cloudwatch_alarm_action_check',
        reason: 'The composite alarm notifies for its parts.',
      });
    }
    const composite = new CompositeAlarm(this, 'NotFlowing', {
      // The CDK's own name is the same in every stage, and the second stage of an account could not create it.
      compositeAlarmName: `${Stack.of(this).stackName}-not-flowing`,
      alarmRule: AlarmRule.anyOf(...[few, none].map((one) => AlarmRule.fromAlarm(one, AlarmState.ALARM))),
      alarmDescription: describeAlarm(this, {
        meaning: 'The business is not flowing: what was accepted does not end.',
        runbook: 'not-flowing',
      }),
    });
    composite.addAlarmAction(new SnsAction(StageStack.of(this).alarmTopic));
  }

  private count(bus: IEventBus, id: string, contracts: readonly EventContract[]): Metric {
    const foreign = contracts.find(({ channel }) => channel !== 'bus');
    if (foreign)
      throw new Error(`${foreign.name} is not on the bus: name events of the bus as ${id.toLowerCase()} flows.`);
    const rule = new Rule(this, id, {
      description: `Counts flows that have ${id.toLowerCase()}.`,
      eventBus: bus,
      eventPattern: anyOf(contracts),
    });
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'The rule has no target whose delivery could fail. EventBridge counts the events that it matches.',
    });
    return new Metric({
      namespace: 'AWS/Events',
      metricName: 'MatchedEvents',
      // Both dimensions name a rule of a custom bus (EventBridge User Guide, "Monitoring Amazon EventBridge").
      dimensionsMap: { EventBusName: bus.eventBusName, RuleName: rule.ruleName },
      statistic: 'Sum',
      period: PERIOD,
      label: id,
    });
  }
}

/** Matches a source and a name as a pair: two lists would also match one owner's name from another owner. */
function anyOf(contracts: readonly EventContract[]): EventPattern {
  const pairs = contracts.map(({ owner, name }) => ({ source: [owner], 'detail-type': [name] }));
  // EventBridge takes a list of one alternative for a field of that name. The CDK's type lacks `$or`.
  return (pairs.length === 1 ? pairs[0] : { $or: pairs }) as EventPattern;
}
