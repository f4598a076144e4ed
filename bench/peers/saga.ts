import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Use } from '../../local/emulator/usage';
import { type Charge, chargesFor, sumUp } from '../bill';
import { accept, functions, outcome, peerOptions, resume, writes } from './uses';

/** The parts of a state machine in the Amazon States Language that are counted. */
export interface StateMachine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

interface State {
  readonly Type: 'Task' | 'Parallel' | 'Choice' | 'Wait' | 'Pass' | 'Succeed' | 'Fail';
  readonly Resource?: string;
  readonly Parameters?: {
    readonly TableName?: string;
    readonly FunctionName?: string;
    readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
  };
  readonly Branches?: readonly StateMachine[];
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Default?: string;
  readonly Next?: string;
  readonly End?: boolean;
}

const BY = 'workflow.direct';

export function orderSaga(): StateMachine {
  return JSON.parse(readFileSync(join(__dirname, 'order-saga.asl.json'), 'utf8')) as StateMachine;
}

/** Returns the state machine without the states that publish the outcome, to which only the books subscribe. */
export function withoutBooks({ StartAt, States }: StateMachine): StateMachine {
  const after = (name?: string): string | undefined =>
    name !== undefined && publishes(States[name]) ? after(States[name]?.Next) : name;
  const rest = Object.entries(States).filter(([, state]) => !publishes(state));
  return {
    StartAt: after(StartAt) ?? StartAt,
    States: Object.fromEntries(rest.map(([name, state]) => [name, { ...state, Next: after(state.Next) }])),
  };
}

function publishes(state: State | undefined): boolean {
  return state?.Resource?.endsWith('events:putEvents') ?? false;
}

/** Returns the names of the states that an execution without an error enters. @param chosen the choices that are true */
export function enteredStates({ StartAt, States }: StateMachine, chosen: ReadonlySet<string>): string[] {
  return walk({ StartAt, States }, chosen).map(({ name }) => name);
}

/** Returns the charges of one completed order. @param callbacks the share of orders whose customer gets a webhook */
export function sagaCharges(machine: StateMachine, callbacks: number): Charge[] {
  const withCallback = chargesOfExecution(machine, new Set(['HasCallback']));
  const without = chargesOfExecution(machine, new Set());
  const part = (charges: readonly Charge[], share: number) =>
    charges.map((charge) => ({ ...charge, quantity: charge.quantity * share }));
  return sumUp([...part(withCallback, callbacks), ...part(without, 1 - callbacks)]);
}

function chargesOfExecution(machine: StateMachine, chosen: ReadonlySet<string>): Charge[] {
  const states = walk(machine, chosen);
  // Each state that is entered is one transition.
  const transitions: Charge = { service: 'workflow', line: 'transitions', quantity: states.length };
  return [...chargesFor([...accept, ...states.flatMap(({ state }) => usesOf(state))], peerOptions), transitions];
}

function walk({ StartAt, States }: StateMachine, chosen: ReadonlySet<string>): { name: string; state: State }[] {
  const entered: { name: string; state: State }[] = [];
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    const state: State | undefined = States[name];
    if (!state) throw new Error(`The state machine has no state ${name}.`);
    entered.push({ name, state }, ...(state.Branches ?? []).flatMap((branch) => walk(branch, chosen)));
    const [choice]: readonly { readonly Next: string }[] = state.Choices ?? [];
    name = choice && chosen.has(name) ? choice.Next : (state.Default ?? state.Next);
  }
  return entered;
}

/** The uses of a task. Direct integrations cost no invocation. */
function usesOf({ Type, Resource = '', Parameters = {} }: State): readonly Use[] {
  const { TableName = '', FunctionName = '', TransactItems = [] } = Parameters;
  if (Type !== 'Task') return [];
  if (Resource.endsWith('dynamodb:putItem')) return [writes(BY, 'PutItem', TableName)];
  if (Resource.endsWith('dynamodb:updateItem')) return [writes(BY, 'UpdateItem', TableName)];
  if (Resource.endsWith('dynamodb:transactWriteItems'))
    return [writes(BY, 'TransactWriteItems', 'inventory', TransactItems.length)];
  if (publishes({ Type, Resource })) return outcome(BY);
  const called = functions[FunctionName];
  if (!called) throw new Error(`The bill has no function ${FunctionName} (${Resource}).`);
  return Resource.endsWith('.waitForTaskToken') ? [...called, ...resume] : called;
}
