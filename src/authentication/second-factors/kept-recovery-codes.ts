import type { Clock } from '../../platform/clock.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import { createSealedCookies } from '../../platform/keys/sealed-cookies.ts';

export interface KeptCodesDeps {
  readonly transientSealer: Sealer;
  readonly clock: Clock;
}

interface Codes {
  readonly codes: readonly string[];
}

/** The page that shows recovery codes. */
export const RECOVERY_CODES = '/account/security/recovery-codes';

const KEPT_SECONDS = 1_800;

/** Keeps new codes visible to this browser until the person has stored them: they are in an encrypted cookie of their page. */
export function keepNewCodes(
  deps: KeptCodesDeps,
  accountId: string,
  codes: readonly string[],
): void {
  createSealedCookies(deps).write(placeOf(accountId), { codes }, KEPT_SECONDS);
}

/** The codes that this browser has not stored yet; null without any. */
export function findNewCodes(deps: KeptCodesDeps, accountId: string): readonly string[] | null {
  const kept = createSealedCookies(deps).read(placeOf(accountId)) as Codes | undefined;
  return kept?.codes ?? null;
}

/** Hides the codes, because the person has stored them. */
export function forgetNewCodes(deps: KeptCodesDeps, accountId: string): void {
  createSealedCookies(deps).remove(placeOf(accountId));
}

function placeOf(accountId: string) {
  return { name: 'recovery-codes', path: RECOVERY_CODES, id: accountId };
}
