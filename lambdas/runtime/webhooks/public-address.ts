import { lookup as resolve } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The host is, or resolves to, an address that is not on the public internet. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Returns all addresses of a host name. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

/** Global unicast: all IPv6 addresses that IANA has allocated so far (RFC 4291, 2.4). All others have a special use. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is on the public internet: not private, loopback, link-local, multicast, shared or reserved
 * (IANA's special-purpose address registries). An IPv6 address with embedded IPv4 addresses is public when these are.
 *
 * @param address in canonical notation, as resolvers and `URL` return it. Any other text is not public
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).range() === 'unicast';
  // An address with a zone belongs to a link of this machine.
  if (!ipaddr.IPv6.isValid(address) || address.includes('%')) return false;
  const ip = ipaddr.IPv6.parse(address);
  const embedded = embeddedIPv4(ip);
  if (embedded) return embedded.every(isPublicAddress);
  return ip.match(GLOBAL_UNICAST) && ip.range() === 'unicast';
}

/** Whether an address is this machine, by IPv4 or IPv6. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}

/**
 * Creates a lookup for `node:net` that pins a connection to checked addresses: it resolves a name once, fails when any of its
 * addresses is not allowed, and returns the addresses that it has checked. There is no second lookup with another result (DNS
 * rebinding). `node:net` does not look up IP addresses: check those before.
 *
 * @param isAllowed whether a connection to an address is allowed
 * @param resolver resolves host names. Default: the system's
 */
export function pinnedLookup(
  isAllowed: (address: string) => boolean,
  resolver: Resolver = allAddresses,
): LookupFunction {
  return (hostname, { all }, done) => {
    resolver(hostname)
      .then((addresses) => {
        if (addresses.length === 0) throw new Error(`${hostname} has no address.`);
        if (!addresses.every(isAllowed))
          throw new AddressRefused(`${hostname} resolves to an address that is not public.`);
        return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      })
      .then(
        (found) => (all ? done(null, found) : done(null, found[0]?.address ?? '', found[0]?.family)),
        (error) => done(error, ''),
      );
  };
}

async function allAddresses(hostname: string): Promise<readonly string[]> {
  const found = await resolve(hostname, { all: true });
  return found.map(({ address }) => address);
}

/** The IPv4 addresses that are embedded in an IPv6 address; undefined where there are none. */
function embeddedIPv4(ip: ipaddr.IPv6): string[] | undefined {
  const bytes = ip.toByteArray();
  const at = (start: number) => bytes.slice(start, start + 4).join('.');
  switch (ip.range()) {
    case 'ipv4Mapped': // ::ffff:0:0/96, RFC 4291
    case 'rfc6145': // ::ffff:0:0:0/96, RFC 2765
      return [at(12)];
    case 'rfc6052': // 64:ff9b::/96. The range also has 64:ff9b:1::/48, which is for use within one network.
      return ip.match(ipaddr.IPv6.parseCIDR('64:ff9b::/96')) ? [at(12)] : undefined;
    case '6to4': // 2002::/16, RFC 3056
      return [at(2)];
    case 'teredo': // 2001::/32, RFC 4380: the server's, and the client's with every bit inverted
      return [
        at(4),
        bytes
          .slice(12)
          .map((byte) => byte ^ 0xff)
          .join('.'),
      ];
    default:
      return undefined;
  }
}
