import { purposeIn } from '../../clients/index.ts';
import { textIn } from '../../platform/languages.ts';
import type { Catalogue, ClaimDefinition, Sensitivity } from '../../scopes/index.ts';
import { valueLines, type Attribute } from '../../vault/index.ts';
import type { Consent } from '../consent.ts';
import { changesOf, findItem } from '../covers-request.ts';
import { durationsUpTo } from '../duration.ts';
import type { RequestedClaim } from '../requested-access.ts';
import type { MissingValue, PromptItem, PromptOption } from './consent-prompt.ts';
import { offeredValues } from '../offered-values.ts';
import { placeToAdd } from './place-to-add.ts';

/** The facts from which the claims of a prompt are described. */
export interface ItemInput {
  readonly consent: Consent | null;
  readonly attributes: readonly Attribute[];
  readonly catalogue: Catalogue;
  readonly locale: string;
  readonly now: Date;
}

/** One requested claim with the person's values, or with the form for a value that is missing. */
export function describeItem(input: ItemInput, requested: RequestedClaim): PromptItem {
  const { consent, attributes, locale, now } = input;
  const { claim } = requested;
  const definition = input.catalogue.claims.find(claim);
  const options = offeredValues(attributes, claim).map((attribute) => toOption(input, attribute));
  const item = findItem(consent, claim);
  const changes = changesOf(item, requested, now);
  const within = customScopeOf(input, requested);
  const purpose = purposeIn(requested.purpose, locale);
  const earlierPurpose = purposeIn(item?.purpose ?? null, locale);
  return {
    claim,
    title: titleOf(input, claim),
    icon: definition?.icon ?? 'info',
    sensitivity: moreSensitive(definition?.sensitivity ?? 'medium', within?.sensitivity),
    isEssential: requested.isEssential,
    purpose,
    options,
    missing:
      options.length > 0 || definition === undefined ? null : describeMissing(input, definition),
    durations: durationsUpTo(requested.longestDuration),
    previous: item ?? null,
    isNew: changes.length > 0,
    changes,
    earlierPurpose:
      changes.includes('purpose') && earlierPurpose !== purpose ? earlierPurpose : null,
    within: within === null ? null : { title: within.title, description: within.description },
  };
}

/** The title of a claim in the person's language. */
export function titleOf(
  { catalogue, locale }: Pick<ItemInput, 'catalogue' | 'locale'>,
  claim: string,
): string {
  return catalogue.claims.titleOf(claim, locale);
}

function describeMissing(
  { attributes, locale }: ItemInput,
  definition: ClaimDefinition,
): MissingValue {
  const { name, kind, isEditable, rules } = definition;
  const unverified = attributes.find(({ claim }) => claim === name);
  const choice = (value: string | boolean) => ({
    value: String(value),
    label: valueLines(value, definition, locale)[0] ?? String(value),
  });
  return {
    // A picture is not entered, but uploaded.
    kind: isEditable || placeToAdd(kind) === 'step' ? kind : null,
    choices:
      kind === 'boolean'
        ? [choice(true), choice(false)]
        : (rules.choices ?? []).map(({ title, value }) => ({
            value,
            label: textIn(title, locale),
          })),
    unverified:
      unverified === undefined
        ? null
        : (valueLines(unverified.value, definition, locale)[0] ?? null),
  };
}

/** The text of this installation for a claim of one of its own permissions. */
function customScopeOf({ catalogue, locale }: ItemInput, { scopes }: RequestedClaim) {
  const known = scopes
    .map((scope) => catalogue.byName.get(scope))
    .filter((scope) => scope !== undefined);
  const own = known.find(({ isStandard }) => !isStandard);
  if (own === undefined) return null;
  const { title, description, sensitivity } = own;
  return { title: textIn(title, locale), description: textIn(description, locale), sensitivity };
}

const SENSITIVITIES: readonly Sensitivity[] = ['low', 'medium', 'high'];

function moreSensitive(one: Sensitivity, other: Sensitivity = 'low'): Sensitivity {
  return SENSITIVITIES.indexOf(one) >= SENSITIVITIES.indexOf(other) ? one : other;
}

function toOption({ catalogue, locale }: ItemInput, attribute: Attribute): PromptOption {
  return {
    attributeId: attribute.id,
    lines: valueLines(attribute.value, catalogue.claims.find(attribute.claim), locale),
    label: attribute.label,
    isVerified: attribute.isVerified,
    isDefault: attribute.isDefault,
  };
}
