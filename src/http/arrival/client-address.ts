import type { IncomingMessage } from 'node:http';

import { networkCheck, plainAddress } from '../../platform/ip-address.ts';

/** Finds out which address a request comes from. */
export interface AddressFinder {
  /** True when the direct peer is one of our own proxies. */
  isTrustedPeer(request: IncomingMessage): boolean;
  /** The last address that no trusted proxy vouches for (the caller), or the peer itself. */
  clientAddress(request: IncomingMessage): string;
}

const MOST_REMEMBERED = 1_000;

/**
 * Reads `X-Forwarded-For` from the right and stops at the first address that is not a trusted proxy, so that text that a
 * caller writes there is ignored. An entry that is no address ends the search at the proxy that sent it.
 * @throws Error for a proxy that is neither an address nor a CIDR range.
 */
export function createAddressFinder(trustedProxies: readonly string[]): AddressFinder {
  const isInList = networkCheck(trustedProxies);
  const known = new Map<string, boolean>();
  const isTrusted = (address: string): boolean => {
    const before = known.get(address);
    if (before !== undefined) return before;
    const answer = isInList(address);
    // Peers are few when there is a proxy; without one every caller is a peer.
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
        const previous = plainAddress(hops.pop() ?? '');
        if (previous === null) break;
        address = previous;
      }
      return address;
    },
  });
}

function peerAddress(request: IncomingMessage): string {
  return plainAddress(request.socket.remoteAddress ?? '') ?? '0.0.0.0';
}

function forwardedFor(request: IncomingMessage): string[] {
  const header = request.headers['x-forwarded-for'];
  return (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
}
