import { page } from '../../http/pages/page.ts';
import { writePageText, type Reader } from '../../receipts/http.ts';
import { writeConsentText } from '../../receipts/index.ts';
import { REFUSE, type ConsentDecision } from '../consent-decision.ts';
import { presentDuration } from './consent-duration-views.ts';
import { presentItem, presentPermission, type ConsentPlace } from './consent-item-views.ts';
import {
  claimsToDecide,
  isPartlyNew,
  type ConsentPrompt,
  type PromptItem,
} from './consent-prompt.ts';
import { occasionOf, presentSections } from './consent-sections-views.ts';
import { presentSentence } from './consent-sentence-views.ts';
import type { ConsentPreview } from './preview-rows-views.ts';

/** The consent page as the template reads it. */
export type ConsentPageModel = ReturnType<typeof presentConsent>['model'];

export const consentPage = page<ConsentPageModel>('consents/consent.njk');

/**
 * The consent page for a prompt, and the text that its receipt stores. The version of `prompt` then also names the words, so that
 * a form made from other words (another language, a new name of the app) is refused.
 */
export function presentConsent(prompt: ConsentPrompt, place: ConsentPlace, reader: Reader) {
  const { formErrors, formValues, isPreviewing = false, ...links } = place;
  const toDecide = claimsToDecide(prompt);
  const isPartial = isPartlyNew(prompt);
  const isEarlier = ({ isNew }: { readonly isNew: boolean }) => isPartial && !isNew;
  const item = (entry: PromptItem) => presentItem(entry, place);
  const entries = {
    items: toDecide.map(item),
    permissions: prompt.permissions
      .filter((entry) => !isEarlier(entry))
      .map((entry) => presentPermission(entry, place)),
    earlierItems: prompt.items
      .filter((entry) => isEarlier(entry) && entry.missing === null)
      .map(item),
    earlierPermissions: prompt.permissions
      .filter(isEarlier)
      .map((entry) => presentPermission(entry, place)),
  };
  const pageText = writePageText('consent', reader, prompt.app.name);
  const sections = presentSections(pageText, prompt, {
    ...entries,
    redirectHost: place.redirectHost,
  });
  const { text } = pageText;
  const seen = `${prompt.version}.${writeConsentText(text).hash.toString('base64url')}`;
  const duration = presentDuration(toDecide, formValues);
  const { app, signedInAs, picture, connectedSince, suspendedAt, suspendedFor } = prompt;
  const occasion = occasionOf(prompt);
  const model = {
    ...links,
    ...entries,
    app,
    signedInAs,
    picture,
    connectedSince,
    suspendedAt,
    suspendedFor,
    canKeep: prompt.canKeep,
    technical: prompt.technical,
    occasion,
    sections,
    seen,
    duration,
    sentence: presentSentence({ occasion, isPartial, duration, ...entries }, app.name, reader),
    /** A value that the app needs cannot be added here. */
    isBlocked: entries.items.some(
      ({ isEssential, missing }) => isEssential && missing?.by === 'nothing',
    ),
    /** The answer to the app with the choices on the page; null: not requested, or these choices cannot be allowed. */
    preview: null as ConsentPreview | null,
    /** The person has just requested it. */
    isPreviewing,
    errors: formErrors ?? {},
  };
  return { model, text, prompt: { ...prompt, version: seen } };
}

/** The decision that is selected on the page, as its form would send it. */
export function decisionOn(model: ConsentPageModel): ConsentDecision {
  const items = model.items.filter(({ missing }) => missing === null);
  return {
    claims: Object.fromEntries([
      ...model.items.map(({ claim }) => [claim, REFUSE] as const),
      ...items.map(({ claim, selected }) => [claim, selected] as const),
    ]),
    durations: Object.fromEntries(
      model.duration.rows.map(({ claim, own, usual }) => [claim, own === '' ? usual : own]),
    ),
    scopes: Object.fromEntries(
      model.permissions.map(({ scope, isTicked }) => [scope, isTicked ? 'allow' : 'refuse']),
    ),
  };
}
