import { DescribeRuleCommand, type EventBridgeClient, ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import { Failure, UsageError } from '../cli/failure';
import type { Context } from './command';
import { queueState } from './dead-letters/message-queue';

/** A rule of the bus that routes events to a subscriber. */
export interface Rule {
  readonly arn: string;
  readonly subscriber: string;
  /** All events that the rule matches, as `owner.Name`. */
  readonly contracts: readonly string[];
}

/** A filter of rules. An omitted condition holds for every rule. */
export interface RuleFilter {
  /** `OrderCreated` or `orders.OrderCreated`. */
  readonly events?: readonly string[];
  /** `inventory.reserve-stock`. */
  readonly subscribers?: readonly string[];
}

interface Subscriber {
  readonly subscriber: string;
  readonly queue: string;
  readonly to: readonly string[];
}

/**
 * Finds the rules that route the chosen events to the chosen subscribers.
 *
 * @throws UsageError when a chosen subscriber or event does not exist
 * @throws Failure when no rule matches
 */
export async function findRules(filter: RuleFilter, { deployment, clients }: Context): Promise<Rule[]> {
  const all = deployment.services.flatMap(({ service, subscriptions }) =>
    subscriptions.map(({ name, queue, to }): Subscriber => ({ subscriber: `${service}.${name}`, queue, to })),
  );
  const rules: Rule[] = [];
  for (const { subscriber, queue } of filterSubscribers(filter, all)) {
    const { arn } = await queueState(clients.sqs, queue);
    const found = await rulesTo(clients.events, deployment.broker.bus.name, arn);
    rules.push(...found.map((rule) => ({ ...rule, subscriber })));
  }
  const { events } = filter;
  const matching = rules.filter(({ contracts }) => !events || contracts.some((one) => isNamed(one, events)));
  if (matching.length === 0) throw new Failure('No rule of the bus routes these events to these subscribers.');
  return matching;
}

/** @throws UsageError when a subscriber or event of the filter does not exist */
export function filterSubscribers({ events, subscribers }: RuleFilter, all: readonly Subscriber[]): Subscriber[] {
  for (const name of subscribers ?? []) {
    if (all.some(({ subscriber }) => subscriber === name)) continue;
    throw new UsageError(
      `There is no subscriber "${name}". The subscribers are: ${all.map((one) => one.subscriber).join(', ')}.`,
    );
  }
  for (const event of events ?? []) {
    if (all.some(({ to }) => to.some((contract) => isNamed(contract, [event])))) continue;
    throw new UsageError(`No service subscribes to "${event}".`);
  }
  return all.filter(
    ({ subscriber, to }) =>
      (!subscribers || subscribers.includes(subscriber)) &&
      (!events || to.some((contract) => isNamed(contract, events))),
  );
}

/** Returns one line per rule: its subscriber and all events that it matches. */
export function formatRules(rules: readonly Rule[]): string {
  return rules.map(({ subscriber, contracts }) => `To ${subscriber}: ${contracts.join(', ')}`).join('\n');
}

/** Events may be named with or without their owner. */
function isNamed(contract: string, events: readonly string[]): boolean {
  return events.includes(contract) || events.includes(contract.slice(contract.lastIndexOf('.') + 1));
}

async function rulesTo(events: EventBridgeClient, bus: string, queueArn: string): Promise<Omit<Rule, 'subscriber'>[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await events.send(
      new ListRuleNamesByTargetCommand({ TargetArn: queueArn, EventBusName: bus, NextToken: token }),
    );
    names.push(...(page.RuleNames ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return Promise.all(
    names.map(async (name) => {
      const { Arn = '', EventPattern = '{}' } = await events.send(
        new DescribeRuleCommand({ Name: name, EventBusName: bus }),
      );
      return { arn: Arn, contracts: contractsOf(EventPattern) };
    }),
  );
}

/** The patterns of subscriptions name one owner and its events (`lib/broker/subscription.ts`). */
function contractsOf(eventPattern: string): string[] {
  const { source = [], 'detail-type': names = [] } = JSON.parse(eventPattern) as Record<string, unknown[] | undefined>;
  return source.flatMap((owner) => names.map((name) => `${owner}.${name}`));
}
