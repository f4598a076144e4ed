import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

/** Enough for a sentence and an id; the attributes count towards the message's size. */
const MAX_LENGTH = 1_024;

/**
 * Text as SQS takes it in message attributes: never empty, XML 1.0 characters only (SQS API reference, SendMessage).
 * What it would refuse is shown as `\uXXXX`; what is too long ends in `…`.
 */
export function toMessageAttributes(values: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> {
  const present = Object.entries(values).filter(([, value]) => value !== '');
  return Object.fromEntries(
    present.map(([name, value]) => [name, { DataType: 'String', StringValue: shorten(printable(value)) }]),
  );
}

function printable(text: string): string {
  return text.toWellFormed().replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what SQS refuses
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function shorten(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1).toWellFormed()}…` : text;
}
