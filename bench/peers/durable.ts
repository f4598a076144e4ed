import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Use } from '../../local/emulator/usage';
import { type Charge, chargesFor } from '../bill';
import { accept, charge, functions, invocation, outcome, peerOptions, resume, writes } from './uses';

/** An execution of the order process by the durable execution SDK. */
export interface DurableExecution {
  /** Their types, such as `STEP`. */
  readonly operations: readonly string[];
  readonly invocations: number;
  /** Of the history, which holds all inputs and results. */
  readonly bytes: number;
  readonly uses: readonly Use[];
}

const BY = 'workflow.order';
const GB = 1_024 ** 3;
/** The bank takes longer to answer than a process stays in memory. */
const BANK_MS = 500;
/** Billed for certain: contexts, as of a branch, are left out in favour of the durable function. */
const BILLED = new Set(['STEP', 'WAIT', 'CALLBACK']);

/** The parts of the testing SDK that are used here. It is a dependency of bench/package.json alone. */
interface TestingSdk {
  readonly LocalDurableTestRunner: {
    new (options: {
      handlerFunction: unknown;
    }): {
      run(options: { payload: object }): Promise<{
        getStatus(): string;
        getOperations(): readonly { getType(): string }[];
        getInvocations(): readonly unknown[];
        getHistoryEvents(): readonly unknown[];
      }>;
      getOperation(name: string): { sendCallbackSuccess(result: string): Promise<unknown> };
    };
    setupTestEnvironment(options: { skipTime: boolean }): Promise<void>;
    teardownTestEnvironment(): Promise<void>;
  };
}

/** An order's input. */
export interface DurableOrder {
  readonly hasCallback: boolean;
  /** Whether the process publishes the outcome, to which only the books subscribe. */
  readonly hasBooks: boolean;
}

/** Runs the order process on the durable execution SDK and its local service. */
export async function runDurableOrder(order: DurableOrder): Promise<DurableExecution> {
  const load = createRequire(join(__dirname, '..', 'package.json'));
  const { LocalDurableTestRunner } = load('@aws/durable-execution-sdk-js-testing') as TestingSdk;
  const { orderProcess } = require(join(__dirname, '..', 'functions', 'peers', 'durable-order')) as {
    orderProcess(steps: object): unknown;
  };
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
  try {
    const uses: Use[] = [];
    const step =
      (...used: readonly Use[]) =>
      async () => {
        uses.push(...used);
        return { status: 'done', at: new Date().toISOString() };
      };
    const runner = new LocalDurableTestRunner({
      handlerFunction: orderProcess({
        saveOrder: step(writes(BY, 'PutItem', 'orders')),
        reserveStock: step(writes(BY, 'TransactWriteItems', 'inventory', 2)),
        charge: async () => {
          uses.push(...charge);
          void sleep(BANK_MS).then(() => runner.getOperation('charge').sendCallbackSuccess('{"status":"succeeded"}'));
        },
        confirmOrder: step(writes(BY, 'UpdateItem', 'orders')),
        dispatchShipment: step(writes(BY, 'PutItem', 'shipments')),
        completeOrder: step(writes(BY, 'UpdateItem', 'orders')),
        publishOutcome: step(...outcome(BY)),
        notifyCustomer: step(...(functions['notify-customer'] ?? [])),
      }),
    });
    const execution = await runner.run({ payload: order });
    if (execution.getStatus() !== 'SUCCEEDED') throw new Error(`The durable order is ${execution.getStatus()}.`);
    return {
      operations: execution.getOperations().map((one) => one.getType()),
      invocations: execution.getInvocations().length,
      bytes: JSON.stringify(execution.getHistoryEvents()).length,
      uses,
    };
  } finally {
    await LocalDurableTestRunner.teardownTestEnvironment();
  }
}

/** Returns the charges of one completed order. @param callbacks the share of orders whose customer gets a webhook */
export function durableCharges(
  { plain, notified }: Readonly<Record<'plain' | 'notified', DurableExecution>>,
  callbacks: number,
): Charge[] {
  const part = (execution: DurableExecution, share: number) =>
    chargesOfExecution(execution).map((one) => ({ ...one, quantity: one.quantity * share }));
  return [...part(notified, callbacks), ...part(plain, 1 - callbacks)];
}

function chargesOfExecution({ operations, invocations, bytes, uses }: DurableExecution): Charge[] {
  const runs = Array.from({ length: invocations }, () => invocation(BY));
  const durable = (line: Charge['line'], quantity: number): Charge => ({ service: 'workflow', line, quantity });
  return [
    ...chargesFor([...accept, ...resume, ...runs, ...uses], peerOptions),
    // The start of the execution is an operation too.
    durable('durableOperations', 1 + operations.filter((type) => BILLED.has(type)).length),
    durable('durableWritten', bytes / GB),
    durable('durableRetained', bytes / GB),
  ];
}
