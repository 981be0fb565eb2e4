import { randomUUID } from 'node:crypto';

import { applyAnswers, keepAnswers, type AnswerSituation, type Decided } from './apply-answers.ts';
import { resolveAsk, type Asked } from './asked.ts';
import type { ConsentDeps } from './consent-deps.ts';
import { createConsentStore } from './consent-store.ts';
import type { AuthorizationAsk, Consent } from './consent.ts';
import type { ConsentText } from './consent-text.ts';
import { beginGrantAction } from './begin-grant-action.ts';
import { findDropped, isNothing } from './find-dropped.ts';
import type { ConsentAnswers } from './question.ts';
import { recordChange } from './record-change.ts';

export interface DecideConsentInput {
  readonly accountId: string;
  readonly ask: AuthorizationAsk;
  readonly answers: ConsentAnswers;
  /** The language of the page that the person saw. */
  readonly locale: string;
  /** What that page said. */
  readonly text?: ConsentText | null | undefined;
}

/**
 * Records what one person lets one app have (OpenID Connect Core 1.0 §3.1.2.4). What the app
 * does not ask for any more leaves the consent; refusals stay. Everything is written in one transaction.
 * @throws AppError as `applyAnswers`.
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
  const asked = resolveAsk(ask, catalogue);
  const clientId = ask.client.id;
  return deps.db.transaction(async (tx) => {
    const store = createConsentStore(tx);
    const now = deps.clock.now();
    await store.insertUnlessActive({ id: randomUUID(), accountId, clientId, createdAt: now });
    const consent = await store.lockActive(accountId, clientId);
    if (consent === null) throw new Error('a consent vanished while it was decided');
    await beginGrantAction(deps, tx, { consent, action: ask.grantAction, now });
    const decided = {
      ...answer({ asked, consent, attributes, now }, answers),
      ...droppedBy(consent, asked, ask),
    };
    const { client } = ask;
    const kind = answers.isKept === true ? 'kept' : 'allowed';
    return recordChange(deps, tx, { consent, decided, kind, locale, text, client, claims });
  });
}

function answer(situation: AnswerSituation, answers: ConsentAnswers): Decided {
  return answers.isKept === true ? keepAnswers(situation) : applyAnswers(situation, answers);
}

function droppedBy(
  consent: Consent,
  asked: Asked,
  ask: AuthorizationAsk,
): Pick<Decided, 'dropped'> {
  const dropped = findDropped(consent, asked, ask);
  return isNothing(dropped) ? {} : { dropped };
}
