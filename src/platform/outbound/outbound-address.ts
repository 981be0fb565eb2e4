import { isIP } from 'node:net';

import { isPublicAddress } from '../ip-address.ts';

/** Addresses to which the server sends requests of its own. */
export interface OutboundRules {
  /** Programs on this machine, with any port and without TLS: only for development and tests. */
  readonly allowsLoopback: boolean;
  /** Hosts inside the network of the operator, as `host` (port 443) or `host:port`. */
  readonly internalHosts: readonly string[];
}

type OutboundProblem = 'not_https' | 'user' | 'port' | 'internal';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
// RFC 6761, RFC 6762, RFC 8375 and the name that ICANN reserves for private use.
const INTERNAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan|intranet)\.?$|^[^.]+\.?$/;

/**
 * The reason for which the server never sends a request to an address that a developer registered, or null. DNS can still lead to
 * an internal address, so {@link isListed} decides whether the resolved address is checked, too.
 */
export function outboundProblem(url: URL, rules: OutboundRules): OutboundProblem | null {
  if (url.username !== '' || url.password !== '') return 'user';
  if (isOwnMachine(url, rules)) return null;
  if (url.protocol !== 'https:') return 'not_https';
  if (isListed(url, rules)) return null;
  if (url.port !== '') return 'port';
  return isInternal(url.hostname) ? 'internal' : null;
}

/** True for hosts that the operator lists, and for this machine where that is allowed. */
export function isListed(url: URL, rules: OutboundRules): boolean {
  return isOwnMachine(url, rules) || rules.internalHosts.includes(url.host);
}

function isOwnMachine({ protocol, hostname }: URL, { allowsLoopback }: OutboundRules): boolean {
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return allowsLoopback && isWeb && LOOPBACK.has(hostname);
}

function isInternal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? INTERNAL_NAME.test(host) : !isPublicAddress(host);
}
