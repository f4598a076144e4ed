import { lookup as resolve } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The host is, or resolves to, something that is not on the public internet. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** All addresses of a host name. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

/** Global unicast, all that IANA has given out of IPv6 so far (RFC 4291, 2.4); everything else has some special use. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is on the public internet: not private, loopback, link-local, multicast, shared or reserved
 * (IANA's special-purpose address registries). An IPv6 address that carries IPv4 addresses counts as what it carries.
 *
 * @param address in its canonical notation, as resolvers and `URL` give it; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).range() === 'unicast';
  // A zone makes an address one of this machine's links.
  if (!ipaddr.IPv6.isValid(address) || address.includes('%')) return false;
  const ip = ipaddr.IPv6.parse(address);
  const embedded = embeddedIPv4(ip);
  if (embedded) return embedded.every(isPublicAddress);
  return ip.match(GLOBAL_UNICAST) && ip.range() === 'unicast';
}

/** This machine, by IPv4 or IPv6. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}

/**
 * A look-up for `node:net` that a connection is pinned to: it resolves a name once, refuses it when any of its addresses is
 * refused, and hands on just the addresses that were checked. There is no second look-up that could say something else
 * (DNS rebinding). `node:net` does not look IP addresses up: check those before.
 *
 * @param isAllowed says which addresses may be connected to
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
          throw new AddressRefused(`${hostname} resolves to an address that is refused.`);
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

/** The IPv4 addresses inside an IPv6 address, by the formats that carry them; undefined where there are none. */
function embeddedIPv4(ip: ipaddr.IPv6): string[] | undefined {
  const bytes = ip.toByteArray();
  const at = (start: number) => bytes.slice(start, start + 4).join('.');
  switch (ip.range()) {
    case 'ipv4Mapped': // ::ffff:0:0/96, RFC 4291
    case 'rfc6145': // ::ffff:0:0:0/96, RFC 2765
      return [at(12)];
    case 'rfc6052': // 64:ff9b::/96; 64:ff9b:1::/48 is for use within one network, and says so by its own range.
      return ip.match(ipaddr.IPv6.parseCIDR('64:ff9b::/96')) ? [at(12)] : undefined;
    case '6to4': // 2002::/16, RFC 3056
      return [at(2)];
    case 'teredo': // 2001::/32, RFC 4380: the server's, and the client's with every bit turned
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
