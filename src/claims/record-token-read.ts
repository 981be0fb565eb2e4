import { effectiveOwnScopes } from '../consents/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { ClaimsContext } from './context.ts';
import { checkNow, stillAllowed } from './still-allowed.ts';

/** An app with a token that acts for the person. */
export interface TokenReader {
  readonly accountId: string;
  /** The app that holds the token. */
  readonly clientId: string;
  readonly grantId: string;
  /** The permissions of the token, all of which the person allowed when the request arrived. */
  readonly scopes: ReadonlySet<string>;
}

/** Reads of a person's own values by a token of that person. */
interface TokenRead {
  readonly caller: TokenReader;
  readonly claims: readonly string[];
}

/**
 * Records a read of an app with a token that has `account:read`, before the values are returned. The person allowed the
 * app to read the whole account, and sees each read in the history.
 * @throws AppError `ledger_unavailable`, and `unauthenticated` when the access has ended meanwhile: then no value may be returned.
 */
export async function recordTokenRead(
  ctx: ClaimsContext,
  { caller, claims }: TokenRead,
): Promise<void> {
  if (claims.length === 0) return;
  const check = () => mayRead(ctx, caller);
  const checked = await checkNow(check);
  const { accountId, clientId } = caller;
  const names = [...new Set(claims)];
  if (checked !== null) {
    await ctx.ledger.append({
      accountId,
      clientId,
      grantId: null,
      channel: 'account_api',
      claims: names,
    });
  }
  if (checked === null || (await stillAllowed(checked, check)) === null) {
    throw new AppError('unauthenticated', 'unauthenticated');
  }
}

/** @returns true, or null when the grant, the consent or one of the permissions has ended. */
async function mayRead(ctx: ClaimsContext, caller: TokenReader): Promise<true | null> {
  const granted = await scopesNow(ctx, caller);
  return granted !== null && [...caller.scopes].every((scope) => granted.has(scope)) ? true : null;
}

/** The permissions of this server that an app has now under its grant; null when the grant or the consent has ended. */
export async function scopesNow(
  ctx: ClaimsContext,
  { accountId, clientId, grantId }: Omit<TokenReader, 'scopes'>,
): Promise<ReadonlySet<string> | null> {
  const [grant, consent, client, catalogue] = await Promise.all([
    ctx.tokens.findGrant(grantId),
    ctx.consents.recent({ accountId, clientId }),
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
  ]);
  if (grant?.accountId !== accountId || grant.clientId !== clientId) return null;
  if (consent === null) return null;
  return effectiveOwnScopes({ consent, client, catalogue, now: ctx.clock.now() });
}
