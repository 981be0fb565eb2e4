import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Checks whether an address, in any spelling, lies in one of some networks. */
type NetworkCheck = (address: string) => boolean;

/**
 * One spelling of an IP address, or null for any other text. Accepts the forms that proxies and sockets use: a port, brackets,
 * quotes (RFC 7239 §6), a zone (RFC 4007 §11), and IPv4 inside IPv6, which becomes IPv4.
 */
export function plainAddress(text: string): string | null {
  return parse(withoutPort(text.trim()))?.toString() ?? null;
}

/**
 * Compiles addresses and CIDR ranges to a check.
 * @throws Error for an entry that is neither.
 */
export function networkCheck(entries: readonly string[]): NetworkCheck {
  const ranges = entries.map(parseRange);
  return (text) => {
    const address = parse(text);
    if (address === null) return false;
    return ranges.some(
      ([range, bits]) => range.kind() === address.kind() && address.match(range, bits),
    );
  };
}

/** Ranges of special use (RFC 6890) that `ipaddr.js` counts as unicast. */
const FURTHER_SPECIAL = networkCheck(['::/96', '64:ff9b:1::/48', '2001::/23']);

/** Can a host on the public internet have this address? False for everything of special use (RFC 6890 and its updates). */
export function isPublicAddress(text: string): boolean {
  const address = parse(text);
  return address !== null && address.range() === 'unicast' && !FURTHER_SPECIAL(text);
}

/** The network that limits count: an IPv4 address alone, and the /64 of an IPv6 address, which belongs to one host. */
export function networkOf(text: string): string {
  return networkWithin(text, isIpv4(text) ? 32 : 64);
}

/**
 * The networks of an address that one subscriber or company can have, from wide to narrow: /24 and the address itself of IPv4; /48, /56 and
 * /64 of IPv6, because providers give a home up to a /48, and an attacker uses all of it.
 */
export function networksOf(text: string): readonly [wide: string, ...narrower: string[]] {
  const [wide, ...narrower] = isIpv4(text) ? IPV4_LENGTHS : IPV6_LENGTHS;
  return [networkWithin(text, wide), ...narrower.map((length) => networkWithin(text, length))];
}

/** The widest of {@link networksOf}, for an address or for a network that {@link networkOf} returned. */
export function wideNetworkOf(text: string): string {
  const [address = ''] = text.split('/', 1);
  return networksOf(address)[0];
}

type Lengths = readonly [number, ...number[]];
const IPV4_LENGTHS: Lengths = [24, 32];
const IPV6_LENGTHS: Lengths = [48, 56, 64];

function isIpv4(text: string): boolean {
  return parse(text)?.kind() === 'ipv4';
}

/** The text itself if it is no address. */
function networkWithin(text: string, length: number): string {
  const address = parse(text);
  if (address === null) return text;
  const kind = address.kind();
  if (kind === 'ipv4' && length === 32) return address.toString();
  const cidr = `${address.toNormalizedString()}/${String(length)}`;
  const network =
    kind === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
      : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${String(length)}`;
}

function withoutPort(text: string): string {
  const bare = /^"(.*)"$/.exec(text)?.[1] ?? text;
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(bare)?.[1];
  const withPort = /^([\d.]+):\d{1,5}$/.exec(bare)?.[1];
  return bracketed ?? withPort ?? bare;
}

/** The library also reads `127.1` and `0x7f.1`, which no proxy sends. */
function parse(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return new ipaddr.IPv6(address.parts);
}

function parseRange(entry: string): [Address, number] {
  const [text = '', bits, ...rest] = entry.trim().split('/');
  const address = parse(text);
  const longest = address?.kind() === 'ipv6' ? 128 : 32;
  const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (address === null || rest.length > 0 || length < 0 || length > longest) {
    throw new Error(`"${entry}" is not an address or a CIDR range`);
  }
  return [address, length];
}
