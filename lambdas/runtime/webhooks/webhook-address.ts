import { isIP } from 'node:net';
import { parseUrl } from '../../../contracts/core/url';
import { variables } from '../aws/settings';
import { isLoopback, isPublicAddress } from './public-address';

/** Which webhook addresses are taken. */
export interface AddressRules {
  /** Plain `http` and this machine itself are taken too: for a receiver beside a developer's local cloud. */
  readonly local: boolean;
}

const MAX_URL_LENGTH = 2_048;
/** RFC 1035, 2.3.4, without the final dot. */
const MAX_HOST_LENGTH = 253;
/** Letters, digits and inner hyphens, in at most 63 characters (RFC 1123, 2.1). What `URL` lets through beside them is no host. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Below are the ports of other protocols, which a signed request has no business with. */
const FIRST_UNPRIVILEGED_PORT = 1_024;

/**
 * Names that are never public: special use (RFC 6761, 6762, 7686, 8375, 9476), ICANN's `internal`, and those that networks
 * use inside though nobody gave them (ICANN's list of name collisions).
 */
const PRIVATE_SUFFIXES = [
  ...['localhost', 'local', 'test', 'invalid', 'onion', 'alt', 'arpa', 'internal'],
  ...['localdomain', 'intranet', 'private', 'corp', 'home', 'lan'],
];

/** The rules of the stage that this function runs in. Whatever is not `local` is strict. */
export function addressRules(stage = process.env[variables.stage]): AddressRules {
  return { local: stage === 'local' };
}

/** Whether a connection may be made to an IP address. */
export function isAllowedAddress(address: string, { local }: AddressRules): boolean {
  return isPublicAddress(address) || (local && isLoopback(address));
}

/**
 * Why a URL cannot be a webhook's address; undefined when nothing speaks against it. Looks at the URL alone and asks no name
 * server: where a name leads to is checked when the connection is made, each time, since it may change.
 */
export function addressProblem(text: string, rules: AddressRules): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `must not be longer than ${MAX_URL_LENGTH} characters`;
  // `URL` drops or turns these, other parsers don't: no two should read different addresses.
  if (/[\s\p{Cc}\p{Cf}\\]/u.test(text)) return 'must not contain spaces, control characters or backslashes';
  const url = parseUrl(text);
  if (!url) return 'is not a URL';
  if (url.protocol !== 'https:' && !(rules.local && url.protocol === 'http:')) return 'must use https';
  // `URL` forgives too few or too many slashes, and forgets a lone "@".
  if (!/^https?:\/\/[^/?#@]+([/?#]|$)/i.test(text)) return 'must be written as https://host/path, without credentials';
  return hostProblem(url.hostname, rules) ?? portProblem(url, rules);
}

function hostProblem(host: string, rules: AddressRules): string | undefined {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  // `URL` has made decimal numbers of all odd notations: octal, hex, fewer than four parts.
  if (isIP(address)) return isAllowedAddress(address, rules) ? undefined : 'must lead to a public address';
  if (rules.local && host === 'localhost') return undefined;
  const labels = host.split('.');
  if (host.length > MAX_HOST_LENGTH || !labels.every((label) => LABEL.test(label)))
    return 'must have a valid host name';
  if (labels.length < 2) return 'must have a public host name, with its domain';
  return PRIVATE_SUFFIXES.includes(labels.at(-1) ?? '') ? 'must have a public host name' : undefined;
}

function portProblem({ port }: URL, { local }: AddressRules): string | undefined {
  if (port === '' || (local && port !== '0')) return undefined;
  return Number(port) >= FIRST_UNPRIVILEGED_PORT ? undefined : 'must use port 443, or 1024 and above';
}
