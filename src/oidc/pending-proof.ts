import type { Account, Accounts } from '../accounts/index.ts';
import type { ArtifactPayload, ArtifactStore } from '../tokens/index.ts';

/** A proof of identity as it lies in an interaction until `/auth` makes a session of it. */
export interface PendingProof {
  readonly accountId: string;
  /** When the proof began: milliseconds since 1970. */
  readonly provenAt?: number | undefined;
}

interface Submission {
  readonly login?: PendingProof | undefined;
}

/** Has the person signed out everywhere, or changed the password, since? What has no date counts as old. */
export function isOutdated(account: Account, proof: PendingProof): boolean {
  const cutOff = account.proofsCutOffAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  return (proof.provenAt ?? 0) < cutOff;
}

/**
 * Interactions whose proof is taken away once the account was cut off: `/auth` then asks for a new one. Otherwise somebody
 * who knew a password could keep a finished form back and go on with it after the password was changed.
 */
export function forgetOutdatedProofs(
  store: ArtifactStore,
  accounts: Pick<Accounts, 'find'>,
): ArtifactStore {
  return Object.freeze({
    ...store,
    find: async (id: string): Promise<ArtifactPayload | undefined> => {
      const payload: (ArtifactPayload & { readonly result?: Submission }) | undefined =
        await store.find(id);
      const proof = payload?.result?.login;
      if (payload === undefined || proof === undefined) return payload;
      const account = await accounts.find(proof.accountId);
      if (account !== null && !isOutdated(account, proof)) return payload;
      const { login: _login, ...result } = payload.result ?? {};
      return Object.assign(payload, { result });
    },
  });
}
