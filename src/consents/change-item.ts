import type { Client } from '../clients/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { Attribute } from '../vault/index.ts';
import { chooseAttribute, checkDuration } from './apply-decision.ts';
import type { ConsentsContext } from './context.ts';
import { createConsentStore } from './consent-store.ts';
import type { Consent, ConsentItem, ConsentKey } from './consent.ts';
import type { ConsentText } from '../receipts/index.ts';
import { wasDecidedForCurrentRequest } from './entitlement.ts';
import { expiryOf, type Duration } from './duration.ts';
import { findItem, isNeeded } from './covers-request.ts';
import { REFUSE } from './consent-decision.ts';
import { transition, untilWritten } from './transition.ts';

interface ChangeItemInput extends ConsentKey {
  readonly claim: string;
  /** The attribute to share from now on, or `refuse`. */
  readonly choice: string;
  /** Default: the previous duration, counted from now. */
  readonly duration?: Duration;
  readonly locale: string;
  /** The text of the page on which it was changed; left out when there was none. */
  readonly text?: ConsentText | null | undefined;
}

/**
 * Changes one decision of an active consent. It takes effect at the next read; other decisions stay.
 * @throws AppError `consent_not_found`; `claim_not_requested` when the app never requested it, may not have it any
 *   more, or removed it and has requested it again since (the person has not seen that request); `essential_needs_end`: an essential value
 *   can be exchanged, not refused; and as `applyDecision`.
 */
export async function changeItem(ctx: ConsentsContext, input: ChangeItemInput): Promise<Consent> {
  const { accountId, clientId, claim, choice, locale, text } = input;
  const [client, catalogue, attributes] = await Promise.all([
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
    ctx.vault.listAttributes(accountId),
  ]);
  return untilWritten(ctx, { accountId, clientId }, async (db) => {
    const consent = await createConsentStore(db).findActive({ accountId, clientId });
    if (consent === null) throw new AppError('not_found', 'consent_not_found');
    const item = findItem(consent, claim);
    const isRequested =
      item !== undefined && wasDecidedForCurrentRequest(item, { client, catalogue });
    if (item === undefined || (!isRequested && choice !== REFUSE)) {
      throw new AppError('not_found', 'claim_not_requested');
    }
    const changed = decideAgain(item, input, { attributes, client, now: ctx.clock.now() });
    return transition(ctx, db, {
      consent,
      change: { items: [changed], scopes: [], pausedFor: null },
      event: { kind: 'changed', locale, text },
      client,
      catalogue,
    });
  });
}

function decideAgain(
  item: ConsentItem,
  { choice, duration }: ChangeItemInput,
  {
    attributes,
    client,
    now,
  }: {
    readonly attributes: readonly Attribute[];
    readonly client: Client | null;
    readonly now: Date;
  },
): ConsentItem {
  const request = client?.requests.find(({ claim }) => claim === item.claim);
  if (choice === REFUSE) {
    if (isNeeded(item, request)) {
      throw new AppError('conflict', 'essential_needs_end');
    }
    return {
      ...item,
      decision: 'refuse',
      attributeId: null,
      decidedAt: now,
      expiresAt: null,
      usedAt: null,
    };
  }
  const chosen = chooseAttribute(attributes, item.claim, choice);
  const longest = request?.longestDuration ?? 'until_withdrawn';
  const lasting = checkDuration(item.claim, duration ?? item.duration, longest);
  return {
    ...item,
    decision: 'share',
    attributeId: chosen.id,
    duration: lasting,
    decidedAt: now,
    expiresAt: expiryOf(lasting, now),
    usedAt: null,
  };
}
