/**
 * Milliseconds that calls are assumed to take on AWS, because the emulator's own are not those of AWS. Billed durations and the simulated
 * world use them. They are medians of warm calls within a region. AWS publishes none but "single-digit milliseconds" for DynamoDB.
 */
export const latencies: Readonly<Record<string, number>> = {
  GetItem: 4,
  BatchGetItem: 6,
  Query: 6,
  PutItem: 6,
  UpdateItem: 6,
  BatchWriteItem: 10,
  BatchExecuteStatement: 10,
  TransactWriteItems: 16,
  PutEvents: 25,
  SendMessage: 10,
  SendMessageBatch: 12,
  Publish: 15,
  PublishBatch: 18,
  CreateSchedule: 40,
};

/** Of calls that are not listed. */
export const OTHER_CALL_MS = 10;
/** A request to a system outside of AWS, such as a bank or a customer's webhook. */
export const OUTSIDE_CALL_MS = 150;
/** Of an invocation, without its calls. */
export const INVOCATION_MS = 2;
/** Of one message: the CPU that `bench -- consumer` measures, on the third of a processor that 512 MB have. */
export const MESSAGE_MS = 1;
