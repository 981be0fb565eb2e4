import type { IncomingMessage } from 'node:http';

import { networkCheck, networkOf, plainAddress } from '../../platform/ip-address.ts';

const MOST_REMEMBERED = 1_000;
/** The longest spelling of an address has fewer characters. */
const LONGEST_REMEMBERED = 64;

/** Where a request comes from. */
interface Caller {
  /** The last address that is not a trusted proxy, or the peer itself. */
  readonly address: string;
  /** The network of the address that limits count. */
  readonly network: string;
  /** The direct peer is one of our own proxies. */
  readonly isThroughProxy: boolean;
}

/**
 * Determines the address that a request comes from. `X-Forwarded-For` is read from the right up to the first address that is
 * not a trusted proxy, so that text that a caller writes there is ignored. An entry that is no address ends the search at the
 * proxy that sent it.
 * @throws Error for a proxy that is neither an address nor a CIDR range.
 */
export function createAddressFinder(trustedProxies: readonly string[]) {
  const isTrusted = remembered(networkCheck(trustedProxies));
  // Few peers send many requests, and so do few callers.
  const plain = remembered(plainAddress);
  const network = remembered(networkOf);

  return (request: IncomingMessage): Caller => {
    let address = plain(request.socket.remoteAddress ?? '') ?? '0.0.0.0';
    const isThroughProxy = isTrusted(address);
    const forwarded = isThroughProxy ? request.headers['x-forwarded-for'] : undefined;
    if (forwarded !== undefined) {
      const hops = [forwarded].flat().join(',').split(',');
      while (isTrusted(address)) {
        const previous = plain(hops.pop() ?? '');
        if (previous === null) break;
        address = previous;
      }
    }
    return { address, network: network(address), isThroughProxy };
  };
}

/** The same function, which keeps the latest results. */
function remembered<Result>(compute: (text: string) => Result): (text: string) => Result {
  const results = new Map<string, Result>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined || text.length > LONGEST_REMEMBERED) return known ?? compute(text);
    if (results.size >= MOST_REMEMBERED) results.clear();
    const result = compute(text);
    results.set(text, result);
    return result;
  };
}
