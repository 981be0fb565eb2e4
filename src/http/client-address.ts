import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Finds out who is really calling. */
export interface AddressFinder {
  /** True when the direct peer is one of our own proxies. */
  isTrustedPeer(request: IncomingMessage): boolean;
  /** The last address that no trusted proxy vouches for (the caller), or the peer itself. */
  clientAddress(request: IncomingMessage): string;
}

const MOST_REMEMBERED = 1_000;

/**
 * Reads `X-Forwarded-For` from the right and stops at the first address that is not a trusted proxy, so that nothing a caller
 * writes there himself is believed.
 * @throws Error for an entry that is neither an address nor a CIDR range.
 */
export function createAddressFinder(trustedProxies: readonly string[]): AddressFinder {
  const trusted = new BlockList();
  for (const entry of trustedProxies) addRange(trusted, entry);

  const known = new Map<string, boolean>();
  const isTrusted = (address: string): boolean => {
    const before = known.get(address);
    if (before !== undefined) return before;
    const answer = trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
    // Peers are few when there is a proxy; without one anybody is a peer.
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(address, answer);
    return answer;
  };

  return Object.freeze({
    isTrustedPeer: (request: IncomingMessage) => isTrusted(peerAddress(request)),
    clientAddress: (request: IncomingMessage) => {
      let address = peerAddress(request);
      const hops = forwardedFor(request);
      while (isTrusted(address)) {
        const previous = hops.pop();
        if (previous === undefined || isIP(previous) === 0) break;
        address = unmapped(previous);
      }
      return address;
    },
  });
}

/** The address that rate limits count: IPv6 hosts own a whole /64, so that is what counts. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (address.includes('::')) {
    const rest = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + rest < 8) groups.push('0');
  }
  while (groups.length < 4) groups.push('0');
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}

function addRange(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.trim().split('/');
  const version = isIP(address);
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const longest = version === 6 ? 128 : 32;
  const length = bits === undefined ? longest : Number(bits);
  if (version === 0 || !Number.isInteger(length) || length < 0 || length > longest) {
    throw new Error(`"${entry}" is not an address or a CIDR range`);
  }
  list.addSubnet(address, length, family);
}

function peerAddress(request: IncomingMessage): string {
  return unmapped(request.socket.remoteAddress ?? '0.0.0.0');
}

function forwardedFor(request: IncomingMessage): string[] {
  const header = request.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').map((hop) => addressOf(hop.trim()));
}

/** Some proxies add a port, put IPv6 in brackets or quote both (RFC 7239 §6). */
function addressOf(hop: string): string {
  const text = /^"(.*)"$/.exec(hop)?.[1] ?? hop;
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(text)?.[1];
  return bracketed ?? withPort ?? text;
}

// A dual-stack socket shows IPv4 peers as ::ffff:192.0.2.1; one person must have one spelling.
function unmapped(address: string): string {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return plain.split('%')[0] ?? plain;
}
