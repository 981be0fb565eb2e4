import { type Account, type Accounts, isProofCurrent } from '../../accounts/index.ts';
import type { ArtifactPayload, ArtifactStore } from '../../tokens/index.ts';

/** A proof of identity in an interaction, until `/auth` creates a session from it. */
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
 * Removes the proof of an interaction if the account was cut off since; `/auth` then requires a new proof. Otherwise an
 * intruder with the old password could delay a finished form and send it after the password was changed.
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
