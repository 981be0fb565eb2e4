import { toConsentRequest } from '../oidc/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { OpenInteraction } from './open-interaction.ts';

/** Does the interaction wait for the decision of a signed-in person? */
export function isForConsent({ accountId, prompt }: OpenInteraction): boolean {
  return accountId !== null && prompt === 'consent';
}

/** Only a signed-in person can decide, so the sign-in has to be completed before. @throws AppError `interaction_expired`. */
export function requireDecider(interaction: OpenInteraction) {
  const { accountId, client, parameters } = interaction;
  if (accountId === null || !isForConsent(interaction)) {
    throw new AppError('gone', 'interaction_expired');
  }
  return { accountId, request: toConsentRequest(client, parameters) };
}
