import type { Accounts } from '../../accounts/index.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { Sessions } from '../../sessions/index.ts';
import type { CreateGrantInput, Grant, Tokens } from '../../tokens/index.ts';
import { mayUse } from '../find-account.ts';
import { isOutdated, type PendingProof } from '../authorization/pending-proof.ts';

export interface OpenGrantDeps {
  readonly db: Database;
  readonly accounts: Pick<Accounts, 'hold'>;
  readonly sessions: Pick<Sessions, 'hold'>;
  readonly tokens: Pick<Tokens, 'createGrant'>;
}

export interface OpenGrantInput {
  readonly grant: CreateGrantInput & { readonly sessionUid: string };
  /** Seconds since 1970. */
  readonly loginTs: number | undefined;
  /** The proof of a session that is not stored yet; null when it is stored. */
  readonly proof: PendingProof | null;
}

/**
 * Stores a grant, or returns null when its session or proof has ended since the request began. While it is written, a
 * sign-out that comes at the same moment waits, and then sees this grant and revokes it.
 */
export async function openGrant(
  deps: OpenGrantDeps,
  { grant, loginTs, proof }: OpenGrantInput,
): Promise<Grant | null> {
  return deps.db.transaction(async (tx) => {
    const account = await deps.accounts.hold(tx, grant.accountId);
    if (account === null || !mayUse(account, { iat: loginTs })) return null;
    const stands =
      proof === null ? await deps.sessions.hold(tx, grant.sessionUid) : !isOutdated(account, proof);
    return stands ? deps.tokens.createGrant(tx, grant) : null;
  });
}
