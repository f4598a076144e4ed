import { StringDecoder } from 'node:string_decoder';
import { attributeBytes, channelLimits, type StringAttribute } from '../publish/sizes';

/** As much as the longest key in DynamoDB, so that the key of a record always fits. */
const MAX_VALUE_BYTES = 2_048;
const ELLIPSIS = '…';

/**
 * Converts text to message attributes that SQS accepts: not empty, and XML 1.0 characters only (SQS API reference, SendMessage).
 * Other characters are shown as `\uXXXX`. A value above 2,048 bytes ends in `…`. Attributes count towards the size of a message,
 * so beside a body of almost 1 MiB the last values are shortened or left out.
 *
 * @param body the body of the message
 */
export function toMessageAttributes(
  values: Readonly<Record<string, string>>,
  body: string,
): Record<string, StringAttribute> {
  const attributes: Record<string, StringAttribute> = {};
  let room = channelLimits.queue - Buffer.byteLength(body);
  for (const [name, value] of Object.entries(values)) {
    const overhead = attributeBytes(name, { DataType: 'String', StringValue: '' });
    const text = shorten(printable(value), Math.min(MAX_VALUE_BYTES, room - overhead));
    if (text === '') continue;
    attributes[name] = { DataType: 'String', StringValue: text };
    room -= overhead + Buffer.byteLength(text);
  }
  return attributes;
}

function printable(text: string): string {
  return text.toWellFormed().replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SQS refuses these
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Cuts a text between two characters. Returns an empty text if no character fits. */
function shorten(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  const room = most - Buffer.byteLength(ELLIPSIS);
  // The decoder leaves out the bytes of a character that was cut.
  return room > 0 ? `${new StringDecoder('utf8').write(bytes.subarray(0, room))}${ELLIPSIS}` : '';
}
