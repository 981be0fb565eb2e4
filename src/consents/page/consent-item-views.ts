import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import { typedText } from '../../http/routing/page-route.ts';
import { choseToShare } from '../../receipts/index.ts';
import { REFUSE } from '../consent-decision.ts';
import { ADDRESS_LINES, fieldOf } from './consent-form.ts';
import type { MissingValue, PromptItem, PromptOption, PromptPermission } from './consent-prompt.ts';
import { placeToAdd } from './place-to-add.ts';

/** The addresses of the consent page. */
export interface ConsentPlace {
  /** Where the form is sent. */
  readonly action: string;
  /** The address for signing in with another account. */
  readonly switchHref: string;
  /** Host to which the browser continues, in its ASCII form. */
  readonly redirectHost: string;
  /** Phone numbers can be confirmed. */
  readonly hasSms: boolean;
  /** The answers to the app are shown. */
  readonly isPreviewing?: boolean;
  readonly formErrors?: FormErrors | null;
  /** The person's choices, when the page is shown again. */
  readonly formValues?: FormValues | undefined;
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
  const { claim, title, icon, purpose, within, isEssential, isNew, missing } = item;
  const field = fieldOf.claim(claim);
  return {
    claim,
    field,
    title,
    icon,
    purpose,
    within,
    isEssential,
    isNew,
    ...presentEarlier(item),
    isSensitive: item.sensitivity === 'high',
    choices: item.options.map(toChoice),
    selected: selectedOn(item, place.formValues),
    missing: missing === null ? null : presentMissing(claim, missing, place),
    error: place.formErrors?.[claim] ?? place.formErrors?.[field] ?? null,
  };
}

/** The earlier decision about a claim, beside the present request. */
function presentEarlier({ previous, changes, earlierPurpose, isNew, ...item }: PromptItem) {
  const wasShared = previous !== null && choseToShare(previous);
  return {
    /** The reason why it is requested again, and the purpose that was agreed to before. */
    changes: previous === null ? [] : changes,
    earlierPurpose,
    wasShared,
    /** The end of the earlier decision; null when nothing was shared, and without an end. */
    sharedUntil: wasShared ? previous.expiresAt : null,
    /** It was shared before, on other terms, and ends unless it is chosen again. */
    isRequestedAgain: wasShared && isNew && preselected({ previous, changes, ...item }) === REFUSE,
  };
}

/** The typed choice, else the preselected one. A switch that is off sends no field. */
function selectedOn(item: PromptItem, formValues: FormValues | undefined): string {
  if (formValues === undefined) return preselected(item);
  const typed = formValues[fieldOf.claim(item.claim)];
  const offered = [REFUSE, ...item.options.map(({ attributeId }) => attributeId)];
  return offered.find((value) => value === typed) ?? unsentChoice(item);
}

/** More characters do not fit into a menu, or beside a switch, on a phone. */
const LONG = 28;

/** A value of several lines is read as one line here. */
function toChoice({ attributeId, lines, label: note, isVerified }: PromptOption) {
  const label = lines.join(', ');
  const text = note ? `${label} (${note})` : label;
  const isLong = text.length > LONG;
  return { value: attributeId, label, note: note ?? '', text, isLong, isVerified };
}

/** Sharing is never chosen for the person: only their earlier choice on the same terms is preselected, or a claim that the app needs. */
function preselected({
  previous,
  options,
  isEssential,
  changes,
}: Pick<PromptItem, 'previous' | 'options' | 'isEssential' | 'changes'>): string {
  const known = options.find(({ attributeId }) => attributeId === previous?.attributeId);
  // The time that was chosen before stays valid when the app now requests a longer one.
  const isAsAgreed = changes.every((change) => change === 'duration');
  if (known !== undefined && (isEssential || isAsAgreed)) return known.attributeId;
  return unsentChoice({ options, isEssential });
}

function unsentChoice({ options, isEssential }: Pick<PromptItem, 'options' | 'isEssential'>) {
  return isEssential ? (options[0]?.attributeId ?? REFUSE) : REFUSE;
}

/** The way to add a value that is missing. */
function presentMissing(claim: string, missing: MissingValue, place: ConsentPlace) {
  const { kind, choices, unverified } = missing;
  const { formErrors, formValues = {}, hasSms } = place;
  const field = fieldOf.add(claim);
  const isPossible = kind !== null && (kind !== 'phone_number' || hasSms);
  const input = (name: string, error: string | undefined) => ({
    name,
    value: typedText(formValues, name),
    error: error ?? null,
  });
  const by = isPossible ? placeToAdd(kind) : ('nothing' as const);
  return {
    by,
    /** The title of the claim is the label of its field. */
    hasLabel: by === 'here' && kind !== 'address',
    kind,
    choices,
    unverified,
    ...input(field, formErrors?.[claim]),
    lines:
      kind === 'address'
        ? ADDRESS_LINES.map((line) => ({
            line,
            ...input(fieldOf.add(claim, line), formErrors?.[`${claim}.${line}`]),
          }))
        : [],
  };
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
