import type { Audit } from '../audit/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Sessions } from '../sessions/index.ts';
import type { Tokens } from '../tokens/index.ts';
import { createAccountStore } from './account-store.ts';

export interface SignOutDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  readonly tokens: Pick<Tokens, 'revokeGrants'>;
  readonly sessions: Pick<Sessions, 'endAll'>;
}

export interface SignOutInput {
  readonly accountId: string;
  /** The session to keep; without it every session ends and the account's cut-off moves to now. */
  readonly exceptSessionUid?: string;
  /** Joins this transaction; nothing has ended until it commits. */
  readonly tx?: Database;
}

/**
 * Ends every session, every sign-in that was proven and not finished, and every grant with all its codes and tokens, on
 * every node, in one transaction.
 */
export async function signOutEverywhere(deps: SignOutDeps, input: SignOutInput): Promise<void> {
  const { accountId, exceptSessionUid } = input;
  await (input.tx ?? deps.db).transaction(async (tx) => {
    // The account first: a transaction that writes a grant has locked it, and that grant is then seen and revoked.
    const store = createAccountStore(tx);
    if (exceptSessionUid === undefined) await store.setCutOff(accountId, deps.clock.now());
    else await store.endProofs(accountId);
    await deps.feed.publish(tx, 'account', accountId);
    await deps.tokens.revokeGrants(tx, { accountId });
    await deps.sessions.endAll({
      accountId,
      tx,
      ...(exceptSessionUid !== undefined && { exceptUid: exceptSessionUid }),
    });
    await deps.audit.record(tx, {
      kind: 'account.signed_out_everywhere',
      accountId,
      details: { isCurrentSessionKept: exceptSessionUid !== undefined },
    });
  });
}
