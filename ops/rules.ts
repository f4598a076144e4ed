import { DescribeRuleCommand, type EventBridgeClient, ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import { Failure } from '../cli/failure';
import type { Context } from './command';
import { queueState } from './dead-letters/message-queue';
import { UsageError } from './usage';

/** A rule of the bus that brings events to a subscriber. */
export interface Rule {
  readonly arn: string;
  readonly subscriber: string;
  /** `owner.Name` of all events that it matches. */
  readonly contracts: readonly string[];
}

export interface Choice {
  readonly events?: readonly string[];
  readonly subscribers?: readonly string[];
}

/** A subscription, as far as it matters which rules lead to it. */
interface Subscriber {
  readonly subscriber: string;
  readonly queue: string;
  readonly to: readonly string[];
}

/**
 * The rules that bring the chosen events to the chosen subscribers.
 *
 * @throws UsageError when there is no such subscriber or event
 * @throws Failure when no rule does
 */
export async function rulesFor(choice: Choice, { deployment, clients }: Context): Promise<Rule[]> {
  const all = deployment.services.flatMap(({ service, subscriptions }) =>
    subscriptions.map(({ name, queue, to }): Subscriber => ({ subscriber: `${service}.${name}`, queue, to })),
  );
  const rules: Rule[] = [];
  for (const { subscriber, queue } of chooseSubscribers(choice, all)) {
    const { arn } = await queueState(clients.sqs, queue);
    const found = await rulesTo(clients.events, deployment.broker.bus.name, arn);
    rules.push(...found.map((rule) => ({ ...rule, subscriber })));
  }
  const meant = rules.filter(({ contracts }) => !choice.events || contracts.some((one) => isMeant(one, choice.events)));
  if (meant.length === 0) throw new Failure('No rule of the bus brings these events to these subscribers.');
  return meant;
}

/** @throws UsageError */
export function chooseSubscribers({ events, subscribers }: Choice, all: readonly Subscriber[]): Subscriber[] {
  for (const name of subscribers ?? []) {
    if (all.some(({ subscriber }) => subscriber === name)) continue;
    throw new UsageError(
      `There is no subscriber "${name}". There are: ${all.map((one) => one.subscriber).join(', ')}.`,
    );
  }
  for (const event of events ?? []) {
    if (all.some(({ to }) => to.some((contract) => isMeant(contract, [event])))) continue;
    throw new UsageError(`Nobody subscribes to "${event}".`);
  }
  return all.filter(
    ({ subscriber, to }) =>
      (!subscribers || subscribers.includes(subscriber)) &&
      (!events || to.some((contract) => isMeant(contract, events))),
  );
}

/** Where each rule leads, and what else it matches. */
export function describeRules(rules: readonly Rule[]): string {
  return rules.map(({ subscriber, contracts }) => `To ${subscriber}: ${contracts.join(', ')}`).join('\n');
}

function isMeant(contract: string, events: readonly string[] = []): boolean {
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

/** Subscriptions' rules name one owner and its events (`lib/broker/subscription.ts`). */
function contractsOf(eventPattern: string): string[] {
  const { source = [], 'detail-type': names = [] } = JSON.parse(eventPattern) as Record<string, unknown[] | undefined>;
  return source.flatMap((owner) => names.map((name) => `${owner}.${name}`));
}
