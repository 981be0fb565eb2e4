import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

import type { Consents } from '../consents/index.ts';
import type { Database } from '../platform/postgres.ts';
import type { Tokens } from '../tokens/index.ts';
import { PROTOCOL_ROUTES } from './configuration.ts';
import { grantActionOf } from './grant-management.ts';

export interface FinishGrantManagementDeps {
  readonly db: Database;
  readonly consents: Pick<Consents, 'find'>;
  readonly tokens: Pick<Tokens, 'findGrant' | 'revokeGrants'>;
}

/**
 * What the library does not do of Grant Management for OAuth 2.0: names the grant in token responses (§5.5), and ends what
 * was issued before under a grant that has been changed (§5.2), before the app is told that it has been.
 */
export function finishGrantManagement(deps: FinishGrantManagementDeps): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (oidc === undefined) return;
    if (ctx.path === PROTOCOL_ROUTES.token) return addGrantId(deps, ctx, oidc);
    if (oidc.entities.AuthorizationCode !== undefined) await endWhatWasIssuedBefore(deps, oidc);
  };
}

type Oidc = KoaContextWithOIDC['oidc'];

/** Only apps that can keep a secret are told (§5.1): for others the name would be of no use. */
async function addGrantId(
  { consents, tokens }: FinishGrantManagementDeps,
  ctx: Parameters<Middleware>[0],
  { entities }: Oidc,
): Promise<void> {
  const { Grant: grant, Client: client } = entities;
  if (ctx.status !== 200 || grant?.jti === undefined || client?.clientAuthMethod === 'none') return;
  const { accountId, clientId } = grant;
  if (accountId === undefined || clientId === undefined) return;
  const [consent, stored] = await Promise.all([
    consents.find({ accountId, clientId }),
    tokens.findGrant(grant.jti),
  ]);
  if (consent === null || stored?.consentId !== consent.id) return;
  ctx.body = { ...(ctx.body as object), grant_id: consent.grantId };
}

async function endWhatWasIssuedBefore(
  { db, tokens }: FinishGrantManagementDeps,
  { params, entities }: Oidc,
): Promise<void> {
  const grantId = entities.Grant?.jti;
  if (grantActionOf(params ?? {}) === undefined || grantId === undefined) return;
  const stored = await tokens.findGrant(grantId);
  const consentId = stored?.consentId;
  if (consentId == null) return;
  await db.transaction((tx) => tokens.revokeGrants(tx, { consentId, exceptGrantId: grantId }));
}
