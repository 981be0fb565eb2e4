import type { Client as ProviderClient } from 'oidc-provider';

import { findProjectedGrant, type ProjectedGrant } from '../adapters/grant-adapter.ts';
import { mayUse, type TokenNames } from '../find-account.ts';
import type { FastPathContext } from './context.ts';
import { epochSeconds } from '../../platform/clock.ts';

/** The client and the grant that a token of a person stands for. */
export interface LiveAccess extends ProjectedGrant {
  readonly client: ProviderClient;
}

/** The checks of `findLiveToken`, without the library's model of the grant. */
export async function findLiveAccess(
  ctx: FastPathContext,
  token: TokenNames,
): Promise<LiveAccess | null> {
  const { accountId, clientId } = token;
  if (accountId === undefined || clientId === undefined) return null;
  const [client, account, found] = await Promise.all([
    ctx.provider.Client.find(clientId),
    ctx.accounts.find(accountId),
    findLiveGrant(ctx, token),
  ]);
  if (client === undefined || account === null || found === null) return null;
  return mayUse(account, token) ? { client, ...found } : null;
}

/** Null unless the grant of the token is in force and belongs to its account and client. */
export async function findLiveGrant(
  ctx: FastPathContext,
  { accountId, clientId, grantId }: TokenNames,
): Promise<ProjectedGrant | null> {
  const found = grantId === undefined ? null : await findProjectedGrant(ctx, grantId);
  if (found === null) return null;
  const { grant } = found;
  // The library counts whole seconds.
  const isOver = epochSeconds(grant.expiresAt) <= nowInSeconds();
  return !isOver && grant.accountId === accountId && grant.clientId === clientId ? found : null;
}

/** The scopes of the library's own that the grant allows, of these. */
export function grantedOf(
  { projection }: ProjectedGrant,
  scopes: ReadonlySet<string>,
): readonly string[] {
  return projection.grantedScopes.filter((scope) => scopes.has(scope));
}

/** As the library counts the time: seconds since 1970, rounded down. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
