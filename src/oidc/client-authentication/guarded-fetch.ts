import { lookup, type LookupAddress } from 'node:dns';
import { request, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';

import { isPublicAddress } from '../../platform/ip-address.ts';

const TIMEOUT_MS = 2_500;

/**
 * Fetches a document, or delivers a message, at an address that an app registered and never inside our own network:
 * https on its usual port only, no redirect, no address that is private, loopback, link-local or otherwise special.
 * The address is checked when the connection is opened, so a later DNS answer cannot bypass the check (DNS rebinding).
 * Ends after 2.5 s; the library bounds the size of the response.
 * @throws Error for anything else, before a byte is sent.
 */
export async function guardedFetch(
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const outgoing = new Request(input, init);
  const url = new URL(outgoing.url);
  assertAllowed(url);
  const body = outgoing.body === null ? undefined : Buffer.from(await outgoing.arrayBuffer());
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: outgoing.method,
        headers: Object.fromEntries(outgoing.headers),
        lookup: lookupPublic,
        signal: AbortSignal.any([outgoing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
        agent: false,
      },
      (answer) => {
        const headers = new Headers();
        for (const [name, value] of Object.entries(answer.headersDistinct)) {
          for (const one of value ?? []) headers.append(name, one);
        }
        const status = answer.statusCode ?? 502;
        const isEmpty = status === 204 || status === 304;
        if (isEmpty) answer.resume();
        const stream = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
        resolve(new Response(isEmpty ? null : stream, { status, headers }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function assertAllowed(url: URL): void {
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') {
    throw new Error('only plain https addresses are fetched');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host))
    throw new Error('the address is not a public one');
}

const lookupPublic: NonNullable<RequestOptions['lookup']> = (hostname, options, answer) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return answer(error, '', 0);
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      return answer(new Error('the address is not a public one'), '', 0);
    }
    if (options.all === true) return answer(null, addresses);
    return answer(null, first.address, first.family);
  });
};
