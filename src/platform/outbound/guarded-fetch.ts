import { lookup, type LookupAddress } from 'node:dns';
import { request as requestPlain } from 'node:http';
import { request as requestSecure, type RequestOptions } from 'node:https';
import { Readable } from 'node:stream';

import { isPublicAddress } from '../ip-address.ts';
import { isListed, outboundProblem, type OutboundRules } from './outbound-address.ts';

const TIMEOUT_MS = 2_500;

/** As `fetch`. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Makes a `fetch` for addresses that an app registered. It requests a document, or delivers a message, and never inside our own
 * network, except at the hosts of the rules: https on its usual port only, no redirect, no address that is private, loopback, link-local
 * or otherwise special. The address is checked when the connection is opened, so a later DNS answer cannot bypass the check (DNS
 * rebinding). Ends after 2.5 s; the caller bounds the size of the response.
 *
 * The returned function throws an Error for anything else, before a byte is sent.
 */
export function createGuardedFetch(rules: OutboundRules): Fetch {
  return async (input, init = {}) => {
    const outgoing = new Request(input, init);
    const url = new URL(outgoing.url);
    const problem = outboundProblem(url, rules);
    if (problem !== null) throw notAllowed(problem);
    const body = outgoing.body === null ? undefined : Buffer.from(await outgoing.arrayBuffer());
    const options: RequestOptions = {
      method: outgoing.method,
      headers: Object.fromEntries(outgoing.headers),
      signal: AbortSignal.any([outgoing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      agent: false,
      ...(isListed(url, rules) ? {} : { lookup: lookupPublic }),
    };
    return send(url, options, body);
  };
}

/** A guarded `fetch` without exceptions. */
export const guardedFetch = createGuardedFetch({ allowsLoopback: false, internalHosts: [] });

/** With a code, which is kept where the message is not. */
function notAllowed(problem: string): Error {
  return Object.assign(new Error(`the address is not allowed: ${problem}`), {
    code: 'address_not_allowed',
  });
}

function send(url: URL, options: RequestOptions, body: Buffer | undefined): Promise<Response> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => {
      const headers = new Headers();
      for (const [name, value] of Object.entries(answer.headersDistinct)) {
        for (const one of value ?? []) headers.append(name, one);
      }
      const status = answer.statusCode ?? 502;
      const isEmpty = status === 204 || status === 304;
      if (isEmpty) answer.resume();
      const stream = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
      resolve(new Response(isEmpty ? null : stream, { status, headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const lookupPublic: NonNullable<RequestOptions['lookup']> = (hostname, options, answer) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return answer(error, '', 0);
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      return answer(notAllowed('internal'), '', 0);
    }
    if (options.all === true) return answer(null, addresses);
    return answer(null, first.address, first.family);
  });
};
