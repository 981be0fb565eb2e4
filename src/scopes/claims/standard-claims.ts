import type { ClaimDefinition } from './claim-definition.ts';

/** A standard claim without its texts, which are in `views/scopes`. */
export type StandardClaim = Omit<ClaimDefinition, 'title' | 'description'>;

type Shape = Pick<ClaimDefinition, 'name' | 'kind' | 'group' | 'icon' | 'sensitivity'> &
  Partial<
    Pick<ClaimDefinition, 'scope' | 'maxLength' | 'isMultiple' | 'isEditable' | 'verifiedClaim'>
  >;

function define(shape: Shape): StandardClaim {
  return {
    scope: 'profile',
    isMultiple: true,
    isEditable: true,
    verifiedClaim: null,
    maxLength: 100,
    ...shape,
    isVerifiable: shape.verifiedClaim !== undefined,
    rules: {},
    isCustom: false,
    retiredAt: null,
  };
}

/** Every standard claim whose values people keep, in the order of pages. */
export const CLAIM_DEFINITIONS: readonly StandardClaim[] = [
  define({ name: 'name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }),
  define({ name: 'given_name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }),
  define({ name: 'middle_name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }),
  define({ name: 'family_name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }),
  define({
    name: 'nickname',
    kind: 'nickname',
    group: 'name',
    icon: 'person',
    sensitivity: 'low',
    maxLength: 42,
  }),
  define({
    name: 'preferred_username',
    kind: 'username',
    group: 'name',
    icon: 'person',
    sensitivity: 'low',
    maxLength: 42,
  }),
  define({
    name: 'email',
    scope: 'email',
    kind: 'email',
    group: 'contact',
    icon: 'mail',
    sensitivity: 'medium',
    maxLength: 254,
    verifiedClaim: 'email_verified',
  }),
  define({
    name: 'phone_number',
    scope: 'phone',
    kind: 'phone_number',
    group: 'contact',
    icon: 'phone',
    sensitivity: 'high',
    maxLength: 32,
    verifiedClaim: 'phone_number_verified',
  }),
  define({
    name: 'address',
    scope: 'address',
    kind: 'address',
    group: 'place',
    icon: 'home',
    sensitivity: 'high',
    maxLength: 1000,
  }),
  define({
    name: 'birthdate',
    kind: 'birthdate',
    group: 'about',
    icon: 'calendar',
    sensitivity: 'high',
    isMultiple: false,
  }),
  define({
    name: 'gender',
    kind: 'text',
    group: 'about',
    icon: 'person',
    sensitivity: 'high',
    isMultiple: false,
  }),
  define({
    name: 'profile',
    kind: 'url',
    group: 'about',
    icon: 'link',
    sensitivity: 'low',
    maxLength: 500,
  }),
  define({
    name: 'website',
    kind: 'url',
    group: 'about',
    icon: 'globe',
    sensitivity: 'low',
    maxLength: 500,
  }),
  define({
    name: 'picture',
    kind: 'picture',
    group: 'about',
    icon: 'image',
    sensitivity: 'medium',
    maxLength: 500,
    isEditable: false,
  }),
  define({
    name: 'zoneinfo',
    kind: 'time_zone',
    group: 'place',
    icon: 'clock',
    sensitivity: 'low',
    isMultiple: false,
  }),
  define({
    name: 'locale',
    kind: 'locale',
    group: 'place',
    icon: 'globe',
    sensitivity: 'low',
    isMultiple: false,
  }),
];
