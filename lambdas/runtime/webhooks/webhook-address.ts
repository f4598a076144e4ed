import { isIP } from 'node:net';
import { parseUrl } from '../../../contracts/core/url';
import { variables } from '../aws/settings';
import { isLoopback, isPublicAddress } from './public-address';
import { isTopLevelDomain } from './top-level-domains';

/** Rules for the addresses of webhooks. */
export interface AddressRules {
  /** Whether plain `http` and loopback addresses are accepted: for a receiver beside a developer's local cloud. */
  readonly local: boolean;
}

/** In characters. */
const MAX_URL_LENGTH = 2_048;
/** In characters (RFC 1035, 2.3.4), without the final dot. */
const MAX_HOST_LENGTH = 253;
/** Letters, digits and inner hyphens; at most 63 characters (RFC 1123, 2.1). `URL` accepts other characters too. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** The ports below belong to other protocols. */
const FIRST_UNPRIVILEGED_PORT = 1_024;

/** The rules of the stage in which this function runs. All stages but `local` are strict. */
export function addressRules(stage = process.env[variables.stage]): AddressRules {
  return { local: stage === 'local' };
}

/** Whether a connection may be made to an IP address. */
export function isAllowedAddress(address: string, { local }: AddressRules): boolean {
  return isPublicAddress(address) || (local && isLoopback(address));
}

/**
 * Explains why a URL cannot be the address of a webhook; undefined when it can. Reads the URL alone. The host is not resolved,
 * because DNS can change before delivery: each connection checks the address that it uses.
 */
export function addressProblem(text: string, rules: AddressRules): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `must not be longer than ${MAX_URL_LENGTH} characters`;
  // `URL` drops or converts these and other parsers do not, so two parsers could read different addresses.
  if (/[\s\p{Cc}\p{Cf}\\]/u.test(text)) return 'must not contain spaces, control characters or backslashes';
  const url = parseUrl(text);
  if (!url) return 'is not a URL';
  if (url.protocol !== 'https:' && !(rules.local && url.protocol === 'http:')) return 'must use https';
  // `URL` accepts too few or too many slashes, and drops a lone "@".
  if (!/^https?:\/\/[^/?#@]+([/?#]|$)/i.test(text)) return 'must be written as https://host/path, without credentials';
  return hostProblem(url.hostname, rules) ?? portProblem(url, rules);
}

function hostProblem(host: string, rules: AddressRules): string | undefined {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  // `URL` has converted octal, hexadecimal and short notations to four decimal numbers.
  if (isIP(address)) return isAllowedAddress(address, rules) ? undefined : 'must have a public address';
  if (rules.local && host === 'localhost') return undefined;
  const labels = host.split('.');
  if (host.length > MAX_HOST_LENGTH || !labels.every((label) => LABEL.test(label)))
    return 'must have a valid host name';
  if (labels.length < 2) return 'must have a public host name, with its domain';
  const domain = labels.at(-1) ?? '';
  // Names inside of networks and clusters end in others: `local`, `internal`, `svc`, `lan`.
  return isTopLevelDomain(domain) ? undefined : `must have a public host name: ".${domain}" is no top-level domain`;
}

function portProblem({ port }: URL, { local }: AddressRules): string | undefined {
  if (port === '' || (local && port !== '0')) return undefined;
  return Number(port) >= FIRST_UNPRIVILEGED_PORT ? undefined : 'must use port 443, or 1024 and above';
}
