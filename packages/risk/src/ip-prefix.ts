import ipaddr from 'ipaddr.js';

/** What one household or office is usually given: whoever has one address of it has them all. */
const IPV4_PREFIX_BITS = 24;
const IPV6_PREFIX_BITS = 48;
/** The longest text of an IPv6 address is 45 characters; a zone may follow. */
const ADDRESS_LENGTH_MAX = 64;

/**
 * The network that an address counts for: `203.0.113.0/24`, `2001:db8:1::/48`. IPv4 inside IPv6 (`::ffff:203.0.113.9`) counts as
 * IPv4. Private addresses count too: behind a proxy that hides its clients they are the only ones there are.
 *
 * @returns undefined for a text that is no address
 */
export function ipPrefix(ip: string): string | undefined {
  if (ip.length > ADDRESS_LENGTH_MAX) return undefined;
  // Octal, hexadecimal and short forms of IPv4 are spellings that no server writes into a header.
  if (ipaddr.IPv4.isValidFourPartDecimal(ip)) return ipv4Prefix(ip);
  if (!ipaddr.IPv6.isValid(ip)) return undefined;
  const address = ipaddr.IPv6.parse(ip);
  if (address.isIPv4MappedAddress()) return ipv4Prefix(address.toIPv4Address().toString());
  delete address.zoneId;
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${IPV6_PREFIX_BITS}`);
  return `${network.toString()}/${IPV6_PREFIX_BITS}`;
}

function ipv4Prefix(ip: string): string {
  const network = ipaddr.IPv4.networkAddressFromCIDR(`${ip}/${IPV4_PREFIX_BITS}`);
  return `${network.toString()}/${IPV4_PREFIX_BITS}`;
}
