import { type Account, type Accounts, isProofCurrent } from '../../accounts/index.ts';
import type { ArtifactPayload, ArtifactStore } from '../../tokens/index.ts';

/** A proof of identity as it lies in an interaction until `/auth` makes a session of it. */
export interface PendingProof {
  readonly accountId: string;
  /** The account's generation of proofs when the proof began. */
  readonly generation?: number | undefined;
}

interface Submission {
  readonly login?: PendingProof | undefined;
}

/** Has the person signed out everywhere, or changed the password, since the proof began? */
export function isOutdated(account: Account, { generation }: PendingProof): boolean {
  return !isProofCurrent(account, generation);
}

/**
 * Interactions that lose their proof once the account was cut off: `/auth` then requires a new one. Otherwise an intruder with
 * the old password could hold back a finished form and send it after the password was changed.
 */
export function forgetOutdatedProofs(
  store: ArtifactStore,
  accounts: Pick<Accounts, 'find'>,
): ArtifactStore {
  return {
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
  };
}
