import ipaddr from 'ipaddr.js';

/** Why an address is not one that may be asked for on somebody else’s word. */
export type AddressFault = 'malformed' | 'scheme' | 'credentials' | 'port' | 'name' | 'spelling' | 'notPublic';

/** Names that lead to this machine, this network or nowhere, whatever a resolver says (RFC 6761, 6762, 7686, 8375, and ICANN’s .internal). */
const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa|onion|invalid|test)$/;
/** Public by its number, and yet answered by the cloud a machine runs in, with that machine’s secrets. */
const METADATA = new Set(['168.63.129.16']);
/** All that is given out of IPv6; what is not in it leads to no public host. */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Whether an IP address, as a resolver answers it, is one of the public internet. Refused is everything that is not known
 * to be: what is private, local, reserved, for documentation or for benchmarks, and every form that carries another
 * address inside (mapped, translated, 6to4, Teredo), because the one inside would not be judged.
 */
export function isPublicAddress(address: string): boolean {
  // A zone names an interface of this machine.
  if (address.includes('%') || METADATA.has(address)) return false;
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).range() === 'unicast';
  if (!ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.range() === 'unicast' && parsed.match(GLOBAL_IPV6);
}

/**
 * Takes an address apart and judges all of it that can be judged without a resolver.
 * @param written as somebody wrote it, or a server redirects to it
 * @param base what a relative one is relative to
 */
export function judgeUrl(written: string, base?: URL): { readonly url: URL } | { readonly fault: AddressFault } {
  if (!URL.canParse(written, base)) return { fault: 'malformed' };
  const url = new URL(written, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { fault: 'scheme' };
  if (url.username !== '' || url.password !== '') return { fault: 'credentials' };
  // The port of its scheme is taken away when an address is read.
  if (url.port !== '') return { fault: 'port' };
  const host = hostOf(url);
  if (isAddress(host)) {
    if (!isPublicAddress(host)) return { fault: 'notPublic' };
    return host.includes(':') || isSpelledOut(written, host) ? { url } : { fault: 'spelling' };
  }
  const name = host.replace(/\.$/, '');
  // A name without a dot is looked for in the domains of this network first.
  return name.includes('.') && !PRIVATE_NAMES.test(name) ? { url } : { fault: 'name' };
}

/** The host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether a host is an address and not a name. A URL’s host that ends in a number is an IPv4 address, in plain form by then. */
export function isAddress(host: string): boolean {
  return host.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(host);
}

/** `http://0x8.0x8.8.8` and `http://134744072` are read as addresses by browsers, and written by nobody who means well. */
function isSpelledOut(written: string, host: string): boolean {
  const [, withScheme, withoutScheme] = /^\s*(?:[a-z][a-z0-9+.-]*:[\\/]*([^\\/?#]*)|[\\/]{2,}([^\\/?#]*))/i.exec(written) ?? [];
  const authority = withScheme ?? withoutScheme;
  return authority === undefined || authority.replace(/:\d*\s*$/, '') === host;
}
