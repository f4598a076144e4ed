import type { Accepted } from './judge';

/** The changes that no test can notice. A survivor that is not listed here fails `npm run mutation`. */
export const accepted: readonly Accepted[] = [
  {
    file: 'lambdas/runtime/http/accept.ts',
    change: 'key !== undefined',
    to: 'true',
    reason: 'The expression tests the text "undefined", which would be a valid key.',
  },
  {
    file: 'lambdas/runtime/http/accept.ts',
    change: "''",
    to: '"Stryker was here!"',
    reason: 'Any other text is no content type of JSON either.',
  },
  {
    file: 'lambdas/runtime/http/accept.ts',
    change: "''",
    to: '"Stryker was here!"',
    reason: 'Any other text is no JSON either.',
  },
  {
    file: 'lambdas/runtime/store/dynamodb-store.ts',
    change: "''",
    to: '"Stryker was here!"',
    reason: 'Only for the compiler: each reference has a key.',
  },
  {
    file: 'lambdas/runtime/store/dynamodb-store.ts',
    change: 'stored[RECEIPTS]?.L?.map',
    to: 'stored[RECEIPTS]?.L.map',
    reason: 'Only for the compiler: receipts are always a list.',
  },
  {
    file: 'lambdas/runtime/store/dynamodb-store.ts',
    change: 'write?.kind',
    to: 'write.kind',
    reason: 'Only for the compiler: DynamoDB returns one reason for each write.',
  },
  {
    file: 'lambdas/runtime/store/dynamodb-store.ts',
    change: 'item[name]?.S',
    to: 'item[name].S',
    reason: 'Only for the compiler: each item has its key.',
  },
  {
    file: 'lambdas/runtime/work/unit-of-work.ts',
    change: 'group !== undefined',
    to: 'true',
    reason: 'The expression tests the text "undefined", which would be a valid group.',
  },
  {
    file: 'lambdas/runtime/work/unit-of-work.ts',
    change: 'bytes > FITS_ANYWHERE',
    to: 'true',
    reason: 'Events of any size can be measured: to leave out small ones saves time.',
  },
  {
    file: 'lambdas/runtime/work/unit-of-work.ts',
    change: 'bytes > FITS_ANYWHERE',
    to: 'bytes >= FITS_ANYWHERE',
    reason: 'Events of any size can be measured: to leave out small ones saves time.',
  },
  {
    file: 'lambdas/runtime/work/unit-of-work.ts',
    change: '100 * 1024',
    to: '100 / 1024',
    reason: 'Events of any size can be measured: to leave out small ones saves time.',
  },
  {
    file: 'lambdas/runtime/process/draw.ts',
    change: '[...before].sort()',
    to: '[...before]',
    reason: 'Facts that were drawn before are drawn again with the same result, which takes longer.',
  },
  {
    file: 'lambdas/runtime/process/draw.ts',
    change: 'seen.has(key)',
    to: 'false',
    reason: 'Facts that were drawn before are drawn again with the same result, which takes longer.',
  },
  {
    file: 'lambdas/runtime/outbox-relay.ts',
    change: '[]',
    to: '["Stryker was here"]',
    reason: 'Anything without an outbox publishes nothing.',
  },
  {
    file: 'lambdas/runtime/consume/process-message.ts',
    change: 'kept?.receipts',
    to: 'kept.receipts',
    reason: 'Without an inbox, the error is caught, and the message is no duplicate either.',
  },
  {
    file: 'lambdas/runtime/consume/process-message.ts',
    change: '{ return false; }',
    to: '{}',
    reason: 'Undefined means no as well.',
  },
  {
    file: 'lambdas/runtime/work/group-commit.ts',
    change: "'ok'",
    to: '""',
    reason: 'Only for the compiler: DynamoDB returns one reason for each write.',
  },
  {
    file: 'lambdas/runtime/work/group-commit.ts',
    change: "one.kind !== 'adjust' || other.kind !== 'adjust'",
    to: 'false',
    reason: 'Only for the compiler: a put has no attribute and adds no number, so there is no sum with it.',
  },
  {
    file: 'lambdas/runtime/work/group-commit.ts',
    change: "one.kind !== 'adjust' || other.kind !== 'adjust'",
    to: "one.kind !== 'adjust' && other.kind !== 'adjust'",
    reason: 'Only for the compiler: a put has no attribute and adds no number, so there is no sum with it.',
  },
  {
    file: 'lambdas/runtime/work/group-commit.ts',
    change: "one.kind !== 'adjust'",
    to: 'false',
    reason: 'Only for the compiler: a put has no attribute and adds no number, so there is no sum with it.',
  },
  {
    file: 'lambdas/runtime/work/group-commit.ts',
    change: "other.kind !== 'adjust'",
    to: 'false',
    reason: 'Only for the compiler: a put has no attribute and adds no number, so there is no sum with it.',
  },
];
