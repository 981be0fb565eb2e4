import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import type { Duration } from '../duration.ts';
import { fieldOf } from './consent-form.ts';
import {
  REFUSE,
  type PromptItem,
  type PromptOption,
  type PromptPermission,
} from './consent-prompt.ts';

/** The addresses of the consent page. */
export interface ConsentPlace {
  /** Where the form is sent. */
  readonly action: string;
  /** The address for signing in with another account. */
  readonly switchHref: string;
  /** Host to which the browser continues, in its ASCII form. */
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
export type ConsentItemView = ReturnType<typeof presentItem>;

export type PermissionView = ReturnType<typeof presentPermission>;

/** One claim with its control. */
export function presentItem(item: PromptItem, place: ConsentPlace) {
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
    /** The reason why it is requested again, and the purpose that was agreed to before. */
    changes: item.previous === null ? [] : item.changes,
    earlierPurpose: item.earlierPurpose,
    /** It was shared before, on other terms, and ends unless it is chosen again. */
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

/** One permission with its box. */
export function presentPermission(permission: PromptPermission, place: ConsentPlace) {
  const field = fieldOf.scope(permission.scope);
  const isTicked =
    place.formValues === undefined
      ? permission.previous === 'allow'
      : place.formValues[field] === 'allow';
  return { ...permission, field, isTicked };
}
