import { isAppError } from '../platform/app-error.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import type { ArtifactStore } from './artifact.ts';
import type { TokensContext } from './context.ts';
import { createRedemptionStore } from './redemption-store.ts';
import { revokeGrants } from './revoke-grants.ts';
import { createUsedCodeStore } from './used-code-store.ts';

/** Revokes a refresh token: its grant ends, with every token (RFC 7009 §2.1), in one commit. An unknown token changes nothing. */
export async function revokeRefreshToken(ctx: TokensContext, id: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const grantId = await createRedemptionStore(tx).findGrantId(fingerprint(id));
    if (grantId !== null) await revokeGrants(ctx, tx, { grantId });
  });
}

/** Ends an authorization code that was presented with a wrong verifier. Its grant stays. */
export async function revokeCode(
  ctx: TokensContext,
  codes: Pick<ArtifactStore, 'destroy'>,
  id: string,
): Promise<void> {
  // The row is effective also when Redis loses its last writes.
  if (ctx.redis !== null) await markUsed(ctx, id);
  await codes.destroy(id);
}

async function markUsed(ctx: TokensContext, id: string): Promise<void> {
  try {
    await createUsedCodeStore(ctx).markUsed(fingerprint(id));
  } catch (error) {
    if (!isAppError(error, 'already_used')) throw error;
  }
}
