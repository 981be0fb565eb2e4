import type { ChangeFeed } from '../platform/change-feed.ts';
import { isAppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { ArtifactStore } from './artifact.ts';
import { createRedemptionStore } from './redemption-store.ts';
import { revokeGrants } from './revoke-grants.ts';
import { createUsedCodeStore } from './used-code-store.ts';

export interface EndPresentedDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly isAllInPostgres: boolean;
}

/**
 * Revokes a refresh token: its grant ends, with every token (RFC 7009 §2.1), in one commit. An unknown token changes nothing.
 */
export async function revokeRefreshToken(deps: EndPresentedDeps, id: string): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const grantId = await createRedemptionStore(tx).findGrantId(fingerprint(id));
    if (grantId !== null) await revokeGrants(deps, { tx, filter: { grantId } });
  });
}

/** Makes an authorization code worthless that was presented with a wrong proof. Its grant goes on. */
export async function spoilCode(
  deps: EndPresentedDeps & { readonly codes: ArtifactStore },
  id: string,
): Promise<void> {
  // The row holds also when Redis loses its last writes.
  if (!deps.isAllInPostgres) await markUsed(deps, id);
  await deps.codes.destroy(id);
}

async function markUsed(deps: EndPresentedDeps, id: string): Promise<void> {
  try {
    await createUsedCodeStore(deps).markUsed(fingerprint(id));
  } catch (error) {
    if (!isAppError(error, 'already_used')) throw error;
  }
}
