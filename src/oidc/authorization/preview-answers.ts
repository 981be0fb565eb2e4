import type { Provider } from 'oidc-provider';

import { type Consent, isInForce } from '../../consents/index.ts';
import { grantContent } from '../adapters/grant-adapter.ts';
import type { OidcContext } from '../context.ts';

export interface PreviewAnswersInput {
  readonly accountId: string;
  readonly clientId: string;
  /** A consent that is not decided yet; default: the stored consent. */
  readonly draft?: Consent;
}

/** The answers to an app. Null: the app is refused and receives nothing. */
interface PreviewedAnswers {
  readonly userinfo: Readonly<Record<string, unknown>> | null;
  /** Without the members that change from one sign-in to the next: times, nonce, hashes. */
  readonly idToken: Readonly<Record<string, unknown>> | null;
}

/**
 * The present answers to this app from UserInfo and in an ID token, for all permissions that it may request. They come from the code
 * that answers apps, except that nothing is recorded or used up. Shown to the person only.
 */
export async function previewAnswers(
  deps: OidcContext,
  /** The same provider for the whole preview, because objects of different providers cannot be combined. */
  provider: Provider,
  input: PreviewAnswersInput,
): Promise<PreviewedAnswers> {
  const { accountId, clientId } = input;
  const [consent, client, catalogue, libraryClient] = await Promise.all([
    input.draft ?? deps.consents.find({ accountId, clientId }),
    deps.clients.find(clientId),
    deps.scopes.catalogue(),
    provider.Client.find(clientId),
  ]);
  const now = deps.clock.now();
  if (
    consent === null ||
    client === null ||
    libraryClient === undefined ||
    !isInForce(consent, now)
  )
    return { userinfo: null, idToken: null };

  const content = grantContent({ consent, catalogue, client, now });
  const grant = new provider.Grant({ accountId, clientId, ...content });
  const rejected = grant.getRejectedOIDCClaims();
  const read = (scopes: readonly string[], requestedClaims: readonly string[]) =>
    deps.previewRelease({ accountId, clientId, scopes, requestedClaims, consent });
  const granted = new Set(grant.getOIDCClaims());
  // In the order of the request, which is the order of the answer.
  const maskOf = (names: readonly string[]): Record<string, null> =>
    Object.fromEntries(names.filter((name) => granted.has(name)).map((name) => [name, null]));

  const scope = grant.getOIDCScope();
  const answer = async (scopes: readonly string[], requested: readonly string[]) => {
    const mask = maskOf(requested);
    const released = await read(scopes, Object.keys(mask));
    const claims = new provider.Claims({ ...released, sub: accountId }, { client: libraryClient });
    claims.scope(scope);
    claims.mask(mask);
    claims.rejected(rejected);
    return claims.result();
  };
  const all = scope.split(' ');
  const userinfo = await answer(all, consent.requestedClaimNames.userinfo);
  const own = await answer(
    client.claimsInIdToken ? all : ['openid'],
    consent.requestedClaimNames.idToken,
  );
  return { userinfo, idToken: { ...own, aud: clientId, iss: deps.settings.issuer } };
}
