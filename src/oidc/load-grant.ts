import {
  errors,
  type Client as ProviderClient,
  type Grant as ProviderGrant,
  type KoaContextWithOIDC,
} from 'oidc-provider';

import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Tokens } from '../tokens/index.ts';
import { openGrant, type OpenGrantDeps } from './open-grant.ts';
import { duringOutageSay503 } from './outage.ts';
import type { PendingProof } from './pending-proof.ts';

export interface LoadGrantDeps extends OpenGrantDeps {
  readonly tokens: Tokens;
  readonly consents: Consents;
  readonly clients: Clients;
  readonly grantLifetimeSeconds: number;
}

/**
 * Finds what the person allowed by account and app, not by browser session as the library does on its own: a decision
 * made on one device holds on all. Each session gets a grant of its own, so that signing out of one leaves the others.
 * @throws LoginRequired when the session ended while the request was under way, InvalidRedirectUri when the app has given
 *   up the address it was to be answered at.
 */
export async function loadExistingGrant(
  deps: LoadGrantDeps,
  ctx: KoaContextWithOIDC,
): Promise<ProviderGrant | undefined> {
  const { client, session, account } = ctx.oidc;
  if (client === undefined || session === undefined || account === undefined) return undefined;
  refuseRemovedAddress(ctx, client);
  const { accountId } = account;
  const registered = await duringOutageSay503(deps.clients.find(client.clientId));
  if (registered?.isFirstParty === true) return allowEverythingAsked(ctx, accountId);

  const consent = await duringOutageSay503(
    deps.consents.find({ accountId, clientId: client.clientId }),
  );
  if (consent === null) return undefined;

  const grantId = session.grantIdFor(client.clientId);
  const known = grantId === undefined ? undefined : await ctx.oidc.provider.Grant.find(grantId);
  if (known !== undefined && isHalfFresh(known) && known.accountId === accountId) return known;

  const created = await duringOutageSay503(
    openGrant(deps, {
      grant: {
        accountId,
        clientId: client.clientId,
        consentId: consent.id,
        sessionUid: session.uid,
        expiresInSeconds: deps.grantLifetimeSeconds,
      },
      loginTs: session.loginTs,
      proof: unsavedProof(ctx, accountId),
    }),
  );
  if (created === null) throw new errors.LoginRequired();
  return ctx.oidc.provider.Grant.find(created.id);
}

/** The library looks at the address when a request begins; the app may have given it up while a page was open. */
function refuseRemovedAddress({ oidc }: KoaContextWithOIDC, client: ProviderClient): void {
  const address = oidc.params?.['redirect_uri'];
  if (typeof address === 'string' && !client.redirectUriAllowed(address)) {
    throw new errors.InvalidRedirectUri();
  }
}

/** The proof of this very request, when its session is saved only at the end of it. */
function unsavedProof({ oidc }: KoaContextWithOIDC, accountId: string): PendingProof | null {
  const proof = oidc.result?.login as PendingProof | undefined;
  const isSaved = oidc.entities.Interaction?.session?.accountId === accountId;
  return proof === undefined || isSaved ? null : proof;
}

/** Our own console asks for nothing but to know who is there; it gets no token, so nothing is stored. */
function allowEverythingAsked(ctx: KoaContextWithOIDC, accountId: string): ProviderGrant {
  const clientId = ctx.oidc.client?.clientId ?? '';
  const grant = new ctx.oidc.provider.Grant({ accountId, clientId });
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
  return grant;
}

/** A grant near its end would end the refresh tokens made from it early. */
function isHalfFresh(grant: ProviderGrant): boolean {
  const { iat, exp } = grant as { iat?: number; exp?: number };
  if (iat === undefined || exp === undefined) return false;
  return Date.now() / 1000 < (iat + exp) / 2;
}
