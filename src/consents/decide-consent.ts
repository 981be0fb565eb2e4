import { randomUUID } from 'node:crypto';

import { resolveRequest } from './requested-access.ts';
import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import { requestedClaimNamesOf, decideOutcome } from './draft-consent.ts';
import type { ConsentRequest, Consent } from './consent.ts';
import type { ConsentText } from '../receipts/index.ts';
import { beginGrantAction } from './grants/begin-grant-action.ts';
import type { ConsentDecision } from './page/consent-prompt.ts';
import { recordChange } from './record-change.ts';

export interface DecideConsentInput {
  readonly accountId: string;
  readonly ask: ConsentRequest;
  readonly answers: ConsentDecision;
  /** The language of the page that the person saw. */
  readonly locale: string;
  /** The text of that page. */
  readonly text?: ConsentText | null | undefined;
}

/**
 * Records the decisions of one person for one app (OpenID Connect Core 1.0 §3.1.2.4). Claims and permissions that the app
 * does not request any more leave the consent; refusals stay. Everything is written in one transaction.
 * @throws AppError as `applyDecision`.
 */
export async function decideConsent(
  deps: ConsentDeps,
  { accountId, ask, answers, locale, text }: DecideConsentInput,
): Promise<Consent> {
  const [catalogue, attributes, claims] = await Promise.all([
    deps.scopes.catalogue(),
    deps.vault.recentAttributes(accountId),
    deps.vault.claims(),
  ]);
  const asked = resolveRequest(ask, catalogue);
  const clientId = ask.client.id;
  return deps.db.transaction(async (tx) => {
    const store = createConsentStore(tx);
    const now = deps.clock.now();
    await store.insertUnlessActive({ id: randomUUID(), accountId, clientId, createdAt: now });
    const consent = await store.lockActive(accountId, clientId);
    if (consent === null) throw new Error('a consent vanished while it was decided');
    await beginGrantAction(deps, tx, { consent, action: ask.grantAction, now });
    const decided = decideOutcome({ asked, consent, attributes, now }, ask, answers);
    await store.saveAskedClaims(consent.id, requestedClaimNamesOf(ask));
    const { client } = ask;
    const kind = answers.isKept === true ? 'kept' : 'allowed';
    return recordChange(deps, tx, { consent, decided, kind, locale, text, client, claims });
  });
}
