import type { Client } from '../clients/index.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { ConsentDeps } from './consent-deps.ts';
import type { ConsentText } from '../receipts/index.ts';
import type { Consent, ConsentEvent } from './consent.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';

/** A step in the life of a consent that has just been written in the same transaction. */
export interface EventToRecord {
  /** As it is after the step. */
  readonly consent: Consent;
  readonly kind: ConsentEvent['kind'];
  readonly details: ConsentEvent['details'];
  readonly locale: string | null;
  /** The text that the person read before it; left out when there was no page. */
  readonly text?: ConsentText | null | undefined;
  /** The app, null when it is gone. Looked up when left out, as `claims`: better read both before the transaction begins. */
  readonly client?: Client | null | undefined;
  readonly claims?: ClaimCatalogue | undefined;
}

/**
 * Writes an event into the history together with its receipt, in the transaction of the change. The database accepts
 * no event without one; it is signed at the first request for it.
 */
export async function recordEvent(
  deps: Pick<ConsentDeps, 'clients' | 'receipts' | 'vault'>,
  tx: Database,
  event: EventToRecord,
): Promise<void> {
  const { consent, kind, details, locale, text = null } = event;
  const client =
    event.client === undefined ? await deps.clients.find(consent.clientId) : event.client;
  const claims = event.claims ?? (await deps.vault.claims());
  await deps.receipts.recordEvent(tx, { consent, client, claims, kind, details, locale, text });
}
