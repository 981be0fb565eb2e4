import { randomUUID } from 'node:crypto';

import type { Database } from '../../platform/postgres/postgres.ts';
import { browserOf, type FromBrowser } from './browser.ts';
import { createKnownDeviceStore } from './known-device-store.ts';
import type { CodePurpose } from '../proofs/proof-code.ts';

interface TrustQuestion extends FromBrowser {
  readonly purpose: CodePurpose;
  /** The account the code is for; null when the address belongs to none. */
  readonly accountId: string | null;
}

// Only these purposes concern the account that has proven the address. A person who adds an address or registers has not proven it yet.
const OF_OWNERS: ReadonlySet<CodePurpose> = new Set(['sign_in', 'password_reset']);

/**
 * Does the account trust this browser with codes? Then other people cannot lock the person out of it: its attempts, messages and waiting
 * times are counted apart from those of all other browsers. The same query runs for addresses without an account.
 *
 * Only this function decides about trust. Add further kinds of trust, such as a passkey, here.
 */
export async function isTrustedBrowser(
  db: Database,
  { purpose, accountId, ...from }: TrustQuestion,
): Promise<boolean> {
  const isKnown = await createKnownDeviceStore(db).isKnown(
    accountId ?? randomUUID(),
    browserOf(from),
  );
  return isKnown && OF_OWNERS.has(purpose);
}
