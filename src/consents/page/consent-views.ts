import { page } from '../../http/pages/page.ts';
import { writePageText, type Reader } from '../../receipts/http.ts';
import { writeConsentText } from '../../receipts/index.ts';
import { presentItem, presentPermission, type ConsentPlace } from './consent-item-views.ts';
import type {
  ConsentDecision,
  ConsentPrompt,
  PromptItem,
  PromptPermission,
} from './consent-prompt.ts';
import { presentSections } from './consent-sections-views.ts';
import type { PreviewModel } from './preview-views.ts';

/** The consent page as the template reads it. */
export type ConsentPageModel = ReturnType<typeof presentConsent>['model'];

export const consentPage = page<ConsentPageModel>('consents/consent.njk');

/**
 * The consent page for a prompt, and the text that its receipt stores. The version of `prompt` then also names the words, so that
 * a form made from other words (another language, a new name of the app) is refused.
 */
export function presentConsent(prompt: ConsentPrompt, place: ConsentPlace, reader: Reader) {
  const { version, items, permissions, asksAll, ...shown } = prompt;
  const offered = items.filter(({ options, isEssential }) => isEssential || options.length > 0);
  const isPartlyNew =
    !asksAll &&
    (prompt.dropped.length > 0 || [...offered, ...permissions].some(({ isNew }) => isNew));
  const isNow = ({ isNew }: { readonly isNew: boolean }) => isNew || !isPartlyNew;
  const isEarlier = (entry: { readonly isNew: boolean }) => !isNow(entry);
  const item = (entry: PromptItem) => presentItem(entry, place);
  const permission = (entry: PromptPermission) => presentPermission(entry, place);
  const entries = {
    items: offered.filter(isNow).map(item),
    permissions: permissions.filter(isNow).map(permission),
    earlierItems: offered.filter(isEarlier).map(item),
    earlierPermissions: permissions.filter(isEarlier).map(permission),
    isChange: prompt.isChange && isPartlyNew,
  };
  const pageText = writePageText('consent', reader, prompt.app.name);
  const sections = presentSections(pageText, prompt, entries);
  const { text } = pageText;
  const seen = `${version}.${writeConsentText(text).hash.toString('base64url')}`;
  const { formErrors, formValues, ...links } = place;
  const model = {
    ...shown,
    ...links,
    ...entries,
    sections,
    seen,
    /** Requested claims without a stored value that could be shared. */
    emptyTitles: items.filter((entry) => !offered.includes(entry)).map(({ title }) => title),
    /** The answer to the app with the choices on the page; null: these choices cannot be allowed. */
    preview: null as PreviewModel | null,
    /** The person has just requested it. */
    isPreviewing: formValues?.['decision'] === 'preview',
    /** Code of an error that belongs to no single item. */
    formError: formErrors?.['form'] ?? formErrors?.['decision'] ?? null,
  };
  return { model, text, prompt: { ...prompt, version: seen } };
}

/** The decision that is selected on the page, as its form would send it. */
export function decisionOn(model: ConsentPageModel): ConsentDecision {
  const items = model.items.filter(({ choices }) => choices.length > 0);
  return {
    claims: Object.fromEntries(items.map(({ claim, selected }) => [claim, selected])),
    durations: Object.fromEntries(
      items.map(({ claim, selectedDuration }) => [claim, selectedDuration]),
    ),
    scopes: Object.fromEntries(
      model.permissions.map(({ scope, isTicked }) => [scope, isTicked ? 'allow' : 'refuse']),
    ),
  };
}
