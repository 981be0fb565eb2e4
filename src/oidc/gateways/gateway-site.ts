import type { Client } from '../../clients/index.ts';

/** The site that a gateway protects. It follows from the redirect address of the app, and from nothing that a request names. */
export interface GatewaySite {
  readonly origin: string;
  /** The redirect address of the app. */
  readonly callback: string;
  /** The address of the folder whose requests the gateway passes to this server, with a slash at its end. */
  readonly folder: string;
  readonly isSecure: boolean;
}

const LONGEST_PATH = 1_500;
/** Printable ASCII after one slash, without a backslash, which browsers take for a slash. */
const PLAIN_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;
const HOME = '/';

/** @throws Error when the app is not a gateway. */
export function siteOf({ id, redirectUris }: Pick<Client, 'id' | 'redirectUris'>): GatewaySite {
  const [callback = ''] = redirectUris;
  const url = URL.parse(callback);
  if (url === null || !callback.endsWith('/callback')) throw new Error(`${id} is not a gateway`);
  return {
    origin: url.origin,
    callback,
    folder: callback.slice(0, -'callback'.length),
    isSecure: url.protocol === 'https:',
  };
}

/**
 * The address to which a browser returns after the sign-in. Always on the site of the gateway: the start page of the site
 * replaces a path that leads elsewhere, and the folder of the sign-in itself.
 */
export function returnAddressAt(site: GatewaySite, path: string | undefined): string {
  return `${site.origin}${pathAt(site, path)}`;
}

/** The address at which the sign-in of a browser starts. */
export function signInAddressAt(site: GatewaySite, path: string | undefined): string {
  return `${site.folder}sign-in?to=${encodeURIComponent(pathAt(site, path))}`;
}

function pathAt({ origin, folder }: GatewaySite, path: string | undefined): string {
  if (path === undefined || path.length > LONGEST_PATH || !PLAIN_PATH.test(path)) return HOME;
  const url = URL.parse(path, origin);
  if (url === null || url.origin !== origin || url.href.startsWith(folder)) return HOME;
  return `${url.pathname}${url.search}`;
}
