/** Collects the bearer values exchanged between browsers or apps and the server. */
export interface SecretCollector {
  /** Sends with the given `fetch` and collects. */
  readonly fetch: typeof fetch;
  /** Adds a value received in another way, such as by mail. */
  add(value: string): void;
  /** The place of each secret, by its value. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Shorter texts are words; longer texts are hard to guess. */
const SECRET = /[\w.~-]{16,}/g;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Treats every long text in paths, queries, cookies, forms and responses as a secret, except public values (ids of apps,
 * addresses) and UUIDs, which name rows.
 */
export function collectSecrets(
  send: typeof fetch,
  isPublic: (value: string) => boolean,
): SecretCollector {
  const secrets = new Map<string, string>();
  const take = (place: string, text: string): void => {
    for (const [value] of text.matchAll(SECRET))
      if (!UUID.test(value) && !isPublic(value) && !secrets.has(value)) secrets.set(value, place);
  };
  const takeAddress = (place: string, address: URL): void => {
    for (const part of address.pathname.split('/')) take(`${place}: path`, part);
    for (const [name, value] of address.searchParams) take(`${place}: ${name}`, value);
  };
  return {
    secrets,
    add: (value) => take('added', value),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const place = `${request.method} ${url.pathname.split('/')[1] ?? ''}`;
      takeAddress(place, url);
      take(`${place}: authorization`, request.headers.get('authorization') ?? '');
      const form = new URLSearchParams(await request.clone().text());
      for (const [name, value] of form) take(`${place}: ${name}`, value);
      const response = await send(input, init);
      for (const cookie of response.headers.getSetCookie())
        take(`${place}: cookie`, cookie.split(';')[0]?.split('=')[1] ?? '');
      for (const name of ['location', 'refresh']) {
        const [, address] = /(?:^|url=)(\S+)$/.exec(response.headers.get(name) ?? '') ?? [];
        if (address !== undefined) takeAddress(`${place}: ${name}`, new URL(address, url));
      }
      if (/json/.test(response.headers.get('content-type') ?? '')) {
        const body = (await response.clone().json()) as Record<string, unknown>;
        for (const [name, value] of Object.entries(body))
          if (typeof value === 'string' && name !== 'requestId') take(`${place}: ${name}`, value);
      }
      return response;
    },
  };
}
