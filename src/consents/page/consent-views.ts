import type { PauseReason } from '../consent.ts';
import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import { fieldOf } from './consent-form.ts';
import type { Duration } from '../duration.ts';
import type { RequestChange } from '../covers-request.ts';
import {
  REFUSE,
  type ConsentDecision,
  type ConsentPrompt,
  type NotShared,
  type PromptApp,
  type PromptItem,
  type PromptOption,
  type PromptPermission,
} from './consent-prompt.ts';

/** Where the consent page stands. */
export interface ConsentPlace {
  /** Where the form is sent. */
  readonly action: string;
  /** The address for signing in with another account. */
  readonly switchHref: string;
  /** Host that the browser goes on to, in its ASCII form. */
  readonly redirectHost: string;
  readonly formErrors?: FormErrors | null;
  /** The person's choices, when the page is shown again with an error. */
  readonly formValues?: FormValues;
}

/** One value among which the person chooses. */
export interface ChoiceView {
  readonly value: string;
  readonly label: string;
  readonly note: string;
  readonly isVerified: boolean;
}

/** One claim with its control. */
export interface ConsentItemView {
  readonly claim: string;
  readonly field: string;
  readonly durationField: string;
  readonly title: string;
  readonly icon: string;
  readonly purpose: string | null;
  /** The reason why it is requested again, and the purpose that was agreed to before. */
  readonly changes: readonly RequestChange[];
  readonly earlierPurpose: string | null;
  /** It was shared before, on other terms, and ends unless it is chosen again. */
  readonly isAskedAgain: boolean;
  /** The permission of this installation that contains it. */
  readonly within: PromptItem['within'];
  readonly isEssential: boolean;
  readonly isSensitive: boolean;
  readonly hasUnverifiedOnly: boolean;
  readonly choices: readonly ChoiceView[];
  readonly selected: string;
  readonly durations: readonly Duration[];
  readonly selectedDuration: Duration;
  readonly error: string | null;
}

export interface PermissionView extends PromptPermission {
  readonly field: string;
  readonly isTicked: boolean;
}

/** The consent page as the template reads it. */
export interface ConsentPageModel {
  readonly action: string;
  readonly switchHref: string;
  readonly redirectHost: string;
  readonly seen: string;
  readonly app: PromptApp;
  readonly signedInAs: string;
  /** The claims and permissions to decide about now. */
  readonly items: readonly ConsentItemView[];
  readonly permissions: readonly PermissionView[];
  /** The earlier decisions, when only a part is new. */
  readonly earlierItems: readonly ConsentItemView[];
  readonly earlierPermissions: readonly PermissionView[];
  /** Requested claims without a stored value that could be shared. */
  readonly emptyTitles: readonly string[];
  readonly isOffline: boolean;
  readonly isChange: boolean;
  readonly canKeep: boolean;
  /** Paused since then; the answer resumes it. */
  readonly suspendedAt: Date | null;
  readonly suspendedFor: PauseReason | null;
  /** Titles of the claims and permissions that are not requested any more. */
  readonly dropped: readonly string[];
  readonly isBlocked: boolean;
  readonly notShared: readonly NotShared[];
  readonly technical: ConsentPrompt['technical'];
  /** The answer to the app with the choices on the page, as JSON; null: these choices cannot be allowed. */
  readonly preview: { readonly userinfo: string | null; readonly idToken: string | null } | null;
  /** The person has just requested it. */
  readonly isPreviewing: boolean;
  /** Code of an error that belongs to no single item. */
  readonly formError: string | null;
}

export const consentPage = page<ConsentPageModel>('consents/consent.njk');

/** Lays the question out for the page. */
export function presentConsent(prompt: ConsentPrompt, place: ConsentPlace): ConsentPageModel {
  const shown = prompt.items.filter(
    ({ options, isEssential }) => isEssential || options.length > 0,
  );
  const empty = prompt.items.filter((item) => !shown.includes(item));
  const isPartlyNew =
    !prompt.asksAll &&
    (prompt.dropped.length > 0 || [...shown, ...prompt.permissions].some(({ isNew }) => isNew));
  const isNow = ({ isNew }: { readonly isNew: boolean }) => isNew || !isPartlyNew;
  const isEarlier = (entry: { readonly isNew: boolean }) => !isNow(entry);
  const item = (entry: PromptItem) => presentItem(entry, place);
  const permission = (entry: PromptPermission) => presentPermission(entry, place);
  const { app, signedInAs, isOffline, isChange, canKeep, isBlocked, notShared, technical } = prompt;
  const { suspendedAt, suspendedFor, dropped } = prompt;
  return {
    action: place.action,
    switchHref: place.switchHref,
    redirectHost: place.redirectHost,
    seen: prompt.version,
    app,
    signedInAs,
    items: shown.filter(isNow).map(item),
    permissions: prompt.permissions.filter(isNow).map(permission),
    earlierItems: shown.filter(isEarlier).map(item),
    earlierPermissions: prompt.permissions.filter(isEarlier).map(permission),
    emptyTitles: empty.map(({ title }) => title),
    isOffline,
    isChange: isChange && isPartlyNew,
    canKeep,
    suspendedAt,
    suspendedFor,
    dropped,
    isBlocked,
    notShared,
    technical,
    preview: null,
    isPreviewing: place.formValues?.['decision'] === 'preview',
    formError: place.formErrors?.['form'] ?? place.formErrors?.['decision'] ?? null,
  };
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

function presentItem(item: PromptItem, place: ConsentPlace): ConsentItemView {
  const field = fieldOf.claim(item.claim);
  const durationField = fieldOf.duration(item.claim);
  const typed = place.formValues?.[field];
  const typedDuration = place.formValues?.[durationField];
  return {
    claim: item.claim,
    field,
    durationField,
    title: item.title,
    icon: item.icon,
    purpose: item.purpose,
    changes: item.previous === null ? [] : item.changes,
    earlierPurpose: item.earlierPurpose,
    isAskedAgain: item.previous?.decision === 'share' && preselected(item) === REFUSE,
    within: item.within,
    isEssential: item.isEssential,
    isSensitive: item.sensitivity === 'high',
    hasUnverifiedOnly: item.hasUnverifiedOnly,
    choices: item.options.map(toChoice),
    selected: typeof typed === 'string' ? typed : preselected(item),
    durations: item.durations,
    selectedDuration:
      item.durations.find((duration) => duration === typedDuration) ?? preselectedDuration(item),
    error: place.formErrors?.[item.claim] ?? place.formErrors?.[field] ?? null,
  };
}

/** A value of several lines is read as one line here. */
function toChoice(option: PromptOption): ChoiceView {
  return {
    value: option.attributeId,
    label: option.lines.join(', '),
    note: option.label ?? '',
    isVerified: option.isVerified,
  };
}

/** Sharing is never chosen for the person: only their earlier choice on the same terms is preselected, or a claim that the app needs. */
function preselected({ previous, options, isEssential, changes }: PromptItem): string {
  const known = options.find(({ attributeId }) => attributeId === previous?.attributeId);
  // The time that was chosen before stays valid when the app now requests a longer one.
  const isAsAgreed = changes.every((change) => change === 'duration');
  if (known !== undefined && (isEssential || isAsAgreed)) return known.attributeId;
  return isEssential ? (options[0]?.attributeId ?? REFUSE) : REFUSE;
}

function preselectedDuration({ previous, durations }: PromptItem): Duration {
  const before = previous?.decision === 'share' ? previous.duration : undefined;
  return durations.find((duration) => duration === before) ?? durations.at(-1) ?? 'once';
}

function presentPermission(permission: PromptPermission, place: ConsentPlace): PermissionView {
  const field = fieldOf.scope(permission.scope);
  const isTicked =
    place.formValues === undefined
      ? permission.previous === 'allow'
      : place.formValues[field] === 'allow';
  return { ...permission, field, isTicked };
}
