import type { Account as ProviderAccount, KoaContextWithOIDC } from 'oidc-provider';

import type { Account } from '../accounts/index.ts';
import type { SignedInSession } from '../sessions/index.ts';
import { MOST_DIFFERENCE_SECONDS } from '../platform/postgres/database-clock.ts';
import { toProviderError } from './provider-errors.ts';
import type { OidcContext } from './context.ts';
import { words } from './words.ts';

/** The members of a token that name its account, its client and its grant, and its time of issue. */
export interface TokenNames {
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly iat?: number | undefined;
}

/** The time of issue and the grant of a code or token. */
type IssuedArtifact = Pick<TokenNames, 'iat' | 'grantId'>;

interface FindAccountInput {
  readonly ctx: KoaContextWithOIDC;
  readonly accountId: string;
  readonly artifact: IssuedArtifact | undefined;
}

/**
 * The person of a session, code or token, or nothing when the account may no longer act. The claims are not read here:
 * the library requests them when it answers, and then `claims/` releases them.
 */
export async function findAccount(
  deps: OidcContext,
  { ctx, accountId, artifact }: FindAccountInput,
): Promise<ProviderAccount | undefined> {
  const account = await toProviderError(deps.accounts.find(accountId));
  if (account === null || !mayUse(account, artifact)) return undefined;
  const session = artifact === undefined ? sessionOf(ctx, accountId) : undefined;
  if (session !== undefined && !mayUseSession(deps, account, session)) return undefined;
  return {
    accountId,
    claims: async (use, scope, requested) => {
      const released = await toProviderError(
        deps.releaseClaims({
          accountId,
          clientId: clientOf(ctx),
          grantId: grantOf(ctx, artifact),
          scopes: use === 'id_token' ? scopesOfIdToken(ctx, scope) : words(scope),
          requestedClaims: Object.keys(requested),
          channel: use === 'userinfo' ? 'userinfo' : 'id_token',
        }),
      );
      return { ...released, sub: accountId };
    },
  };
}

/**
 * Is the account in use, and was this issued after its last cut-off? Issue times are whole seconds of the clock of the node that issued
 * it. For times within the maximum difference of two clocks, the grant or session decides, which the cut-off has ended.
 */
export function mayUse(account: Account, artifact?: IssuedArtifact): boolean {
  if (account.status !== 'active') return false;
  if (account.cutOffAt === null || artifact?.iat === undefined) return true;
  return (artifact.iat + MOST_DIFFERENCE_SECONDS) * 1000 + 999 >= account.cutOffAt.getTime();
}

/** May the account act in this session? Its time depends on the present role of the account. */
export function mayUseSession(
  { sessions }: Pick<OidcContext, 'sessions'>,
  account: Account,
  { loginTs, transient }: SignedInSession,
): boolean {
  const { isAdministrator } = account;
  const session = { loginTs, transient };
  return (
    mayUse(account, { iat: loginTs }) && sessions.secondsLeft({ session, isAdministrator }) > 0
  );
}

/** At `/auth` the session identifies the person. */
function sessionOf(
  { oidc: { session } }: KoaContextWithOIDC,
  accountId: string,
): SignedInSession | undefined {
  if (session?.accountId !== accountId || session.loginTs === undefined) return undefined;
  return { loginTs: session.loginTs, transient: session.transient };
}

/**
 * The claims of the scopes are in an ID token only when the app is registered for that, or when it gets no access token for
 * UserInfo beside it (OpenID Connect Core 1.0 §5.4). Otherwise they must neither be released nor recorded for the ID
 * token.
 */
function scopesOfIdToken({ oidc }: KoaContextWithOIDC, scope: string): string[] {
  const isForApi = oidc.entities.AccessToken?.aud !== undefined;
  const isWanted = oidc.client?.['consentry_claims_in_id_token'] === true;
  return isForApi || isWanted ? words(scope) : ['openid'];
}

function clientOf(ctx: KoaContextWithOIDC): string {
  const { client } = ctx.oidc;
  if (client === undefined) throw new Error('claims requested outside of a request by an app');
  return client.clientId;
}

function grantOf(ctx: KoaContextWithOIDC, artifact: IssuedArtifact | undefined): string {
  const grantId = artifact?.grantId ?? ctx.oidc.entities.Grant?.jti;
  if (grantId === undefined) throw new Error('claims requested without a grant');
  return grantId;
}
