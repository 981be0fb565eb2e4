import { lookup, type LookupAddress } from 'node:dns';
import { request, type RequestOptions } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { Readable } from 'node:stream';

const TIMEOUT_MS = 2_500;

/**
 * Fetches a document, or delivers a message, at an address that an app registered — and never inside our own network:
 * https on its usual port only, no redirect, no address that is private, loopback, link-local or otherwise special.
 * The address is judged at the moment of connecting, so a name cannot change its answer after it was checked
 * (DNS rebinding). Ends after 2.5 s; the library bounds the size of the response.
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
  if (isIP(host) !== 0 && isSpecial(host)) throw new Error('the address is not a public one');
}

const lookupPublic: NonNullable<RequestOptions['lookup']> = (hostname, options, answer) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return answer(error, '', 0);
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => isSpecial(address))) {
      return answer(new Error('the address is not a public one'), '', 0);
    }
    if (options.all === true) return answer(null, addresses);
    return answer(null, first.address, first.family);
  });
};

/** Special-purpose ranges (RFC 6890 and its updates). */
const IPV4_RANGES = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24',
  '192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24',
  '224.0.0.0/4 240.0.0.0/4',
].join(' ');
const IPV6_RANGES = [
  '::/128 ::1/128 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16',
  'fc00::/7 fe80::/10 ff00::/8',
].join(' ');

const SPECIAL = new BlockList();
addRanges(IPV4_RANGES, 'ipv4');
addRanges(IPV6_RANGES, 'ipv6');

function addRanges(ranges: string, family: 'ipv4' | 'ipv6'): void {
  for (const range of ranges.split(' ')) {
    const [address = '', bits] = range.split('/');
    SPECIAL.addSubnet(address, Number(bits), family);
  }
}

/** True for an address that no app can rightfully be at. */
export function isSpecial(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return SPECIAL.check(mapped, 'ipv4');
  return SPECIAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
