import type { IncomingMessage } from 'node:http';

import { networkCheck, plainAddress } from '../../platform/ip-address.ts';

const MOST_REMEMBERED = 1_000;

/**
 * Determines the address that a request comes from. `X-Forwarded-For` is read from the right up to the first address that is
 * not a trusted proxy, so that text that a caller writes there is ignored. An entry that is no address ends the search at the
 * proxy that sent it.
 * @throws Error for a proxy that is neither an address nor a CIDR range.
 */
export function createAddressFinder(trustedProxies: readonly string[]) {
  const isInList = networkCheck(trustedProxies);
  const known = new Map<string, boolean>();
  const isTrusted = (address: string): boolean => {
    const before = known.get(address);
    if (before !== undefined) return before;
    // A cache, because behind a proxy there are few peers. It is limited, because without a proxy every caller is a
    // peer.
    if (known.size >= MOST_REMEMBERED) known.clear();
    const isProxy = isInList(address);
    known.set(address, isProxy);
    return isProxy;
  };

  return {
    /** True when the direct peer is one of our own proxies. */
    isTrustedPeer: (request: IncomingMessage): boolean => isTrusted(peerAddress(request)),

    /** The last address that is not a trusted proxy (the caller), or the peer itself. */
    clientAddress(request: IncomingMessage): string {
      let address = peerAddress(request);
      const hops = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
      while (isTrusted(address)) {
        const previous = plainAddress(hops.pop() ?? '');
        if (previous === null) break;
        address = previous;
      }
      return address;
    },
  };
}

function peerAddress(request: IncomingMessage): string {
  return plainAddress(request.socket.remoteAddress ?? '') ?? '0.0.0.0';
}
