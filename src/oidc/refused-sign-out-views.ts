import { errors, type KoaContextWithOIDC } from 'oidc-provider';

import { page } from '../http/pages/page.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { PROTOCOL_ROUTES } from './configuration.ts';

/** A sign-out request of an app that cannot be answered as the app wanted. The person has a way on nevertheless. */
interface RefusedSignOutModel {
  /** Null when the request names no app that is registered here. */
  readonly app: {
    readonly name: string;
    /** The home page of the app; null without one. */
    readonly homeHref: string | null;
    readonly settingsHref: string;
  } | null;
  /** The way to sign out; null when no person is signed in in this browser. */
  readonly signOutHref: string | null;
  readonly description: string;
  readonly code: string;
  /** The address of the request that is not registered for the app; unverified text. */
  readonly unknownAddress: string | null;
  readonly requestId: string;
}

export const refusedSignOutPage = page<RefusedSignOutModel>('oidc/sign-out-refused.njk');

type KnownParts = Pick<RefusedSignOutModel, 'unknownAddress' | 'requestId'>;

/** Is this a sign-out request with a hint, an app or an address that is not valid (OpenID Connect RP-Initiated Logout 1.0 §4)? */
export function isRefusedSignOut(ctx: KoaContextWithOIDC, error: Error): boolean {
  const isMistake = error instanceof errors.InvalidRequest || error instanceof errors.InvalidClient;
  return isMistake && ctx.path === PROTOCOL_ROUTES.end_session;
}

/** Describes the request. The app is named by the request alone, so only its registered name and home page are shown. */
export async function describeRefusedSignOut(
  ctx: KoaContextWithOIDC,
  error: Error,
  parts: KnownParts,
): Promise<RefusedSignOutModel> {
  const { oidc } = ctx;
  const client = oidc.client ?? (await namedClient(ctx));
  const isSignedIn = oidc.session?.accountId !== undefined;
  const { error_description: description, error: code } = error as Partial<
    Record<'error' | 'error_description', string>
  >;
  return {
    ...parts,
    app:
      client === undefined
        ? null
        : {
            name: client.clientName ?? client.clientId,
            homeHref: client.clientUri ?? null,
            settingsHref: sitePath`/developer/apps/${client.clientId}/settings`,
          },
    signOutHref: isSignedIn ? signOutHref(client?.clientId) : null,
    description: description ?? '',
    code: code ?? 'invalid_request',
  };
}

/** Without the parts of the request that were refused. */
function signOutHref(clientId: string | undefined): string {
  return clientId === undefined
    ? PROTOCOL_ROUTES.end_session
    : sitePath`/session/end?client_id=${clientId}`;
}

/** The app of the parameter `client_id` or of a hint that could be read, whether or not the hint is valid. */
async function namedClient({ oidc }: KoaContextWithOIDC) {
  const { payload } = (oidc.entities['IdTokenHint'] ?? {}) as {
    readonly payload?: { readonly aud?: unknown };
  };
  for (const id of [oidc.params?.['client_id'], payload?.aud]) {
    const found = typeof id === 'string' ? await oidc.provider.Client.find(id) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
