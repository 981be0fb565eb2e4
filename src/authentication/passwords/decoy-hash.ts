import type { Clock } from '../../platform/clock.ts';
import { keyedIndex } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { decoyFor } from './imported-hash.ts';
import { createPasswordStore, type SchemeShare } from './password-store.ts';

interface DecoyHashDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly key: Buffer;
}

/** The hash against which the password for an address without a password is checked; null: the default decoy. */
export type DecoyHash = (addressIndex: Buffer) => Promise<string | null>;

const TRUSTED_MS = 10 * 60 * 1000;

/**
 * The cost of checking an imported hash was chosen by the old system and differs from that of our hashes, so the time of a refusal
 * reveals the kind of hash that was checked. It must not reveal whether there is an account: addresses without an account are
 * spread over the same kinds in the same proportions, and the same address always gets the same kind.
 */
export function createDecoyHash({ db, clock, key }: DecoyHashDeps): DecoyHash {
  let known: { readonly shares: readonly SchemeShare[]; readonly at: number } | undefined;
  let reading: Promise<readonly SchemeShare[]> | undefined;

  const read = async (): Promise<readonly SchemeShare[]> => {
    try {
      const shares = await createPasswordStore(db).schemeShares();
      known = { shares, at: clock.now().getTime() };
      return shares;
    } finally {
      reading = undefined;
    }
  };
  const shares = async (): Promise<readonly SchemeShare[]> => {
    const isOld = known === undefined || clock.now().getTime() - known.at > TRUSTED_MS;
    if (isOld) reading ??= read();
    if (known === undefined) return reading ?? [];
    // No request waits for the new proportions; other queries report an outage.
    reading?.catch(() => undefined);
    return known.shares;
  };

  return async (addressIndex) => {
    const all = await shares();
    if (all.length === 0) return null;
    let rest = keyedIndex(key, addressIndex.toString('hex')).readUInt32BE() / 2 ** 32;
    for (const { scheme, share } of all) {
      if (rest < share) return decoyFor(scheme);
      rest -= share;
    }
    return null;
  };
}
